/** The records that are sent and inserted: punches as a hall's clocks give them. */

export function punchBody(index: number): string {
  return JSON.stringify({
    clock: "TCB-00017",
    device: 1,
    user: String(1_000 + (index % 500)),
    deviceTime: "2026-11-23T08:59:58",
    offsetMs: 120,
    readAt: "2026-11-23T00:59:58.120Z",
    verification: ["finger"],
    type: index % 4,
    workCode: 0,
    ordinal: index,
    via: "live",
    raw: "a5010203040506070809101112131415161718",
  });
}

export function punchRecord(index: number): string {
  return `{"kind":"punch","at":"2026-11-23T00:59:58.120Z","body":${punchBody(index)}}`;
}

export function punchRecords(count: number): string[] {
  return Array.from({ length: count }, (_, index) => punchRecord(index));
}
