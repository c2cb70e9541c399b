import { describe, expect, test } from "vitest";
import { findDrift } from "../../../collector/console/queries/drift.ts";
import type { Store } from "../../../collector/store/port.ts";
import { type ClockBody, clockBody } from "../../../protocol/messages/records/clock-events.ts";
import { addSource, openTestStore } from "../../support/test-store.ts";

const HOUR_MS = 3_600_000;
const START = Date.parse("2026-11-23T00:00:00.000Z");
const FACE = { clock: "SN-1", device: 1, family: "tcb", port: "COM1" } as const;

/** One record an hour, taken in a second later. */
async function report(store: Store, ...bodies: Partial<ClockBody>[]): Promise<void> {
  await addSource(store, "readers", "reader");
  for (const [index, body] of bodies.entries()) {
    const at = START + index * HOUR_MS;
    const whole = clockBody.parse({ event: "state", ...FACE, ...body });
    const record = { seq: index + 1, kind: "clock", at, body: JSON.stringify(whole) };
    const group = {
      source: "readers",
      site: "hall",
      epoch: "9f00000000000001",
      expected: index,
      first: index + 1,
      count: 1,
    };
    const seen = { receivedAt: at + 1_000, address: "10.0.0.7", offsetMs: 0 };
    await store.commitGroups([{ ...group, ...seen, records: [record], quarantined: [] }]);
  }
}

const DAY: Partial<ClockBody>[] = [
  { event: "online" },
  { offsetBeforeMs: 1_200 },
  { offsetBeforeMs: -70_000, reason: "clock-wrong" },
  { event: "time-set", offsetBeforeMs: -70_000, offsetAfterMs: 400 },
  { event: "log-read" },
  { event: "time-refused", offsetBeforeMs: 8_000, reason: "clock-refused" },
  { clock: "SN-2", offsetBeforeMs: 99 },
  { offsetBeforeMs: 0 },
];

const hours = (page: { items: { at: string }[] }) => page.items.map(({ at }) => at.slice(11, 13));

describe("the drift of a clock", () => {
  test("is what was measured, by how much it was corrected, and what was read back, the newest first", async () => {
    const store = await openTestStore();
    await report(store, ...DAY);
    const { items, next } = await findDrift(store, "SN-1", { limit: 100 });
    expect(next).toBeNull();
    const shown = items.map(({ event, offsetBeforeMs, correctedByMs, offsetAfterMs, reason }) => [
      event,
      offsetBeforeMs,
      correctedByMs,
      offsetAfterMs,
      reason,
    ]);
    expect(shown).toEqual([
      ["state", 0, null, null, null],
      ["time-refused", 8_000, null, null, "clock-refused"],
      ["time-set", -70_000, 70_400, 400, null],
      ["state", -70_000, null, null, "clock-wrong"],
      ["state", 1_200, null, null, null],
    ]);
    expect(items[0]).toMatchObject({
      at: "2026-11-23T07:00:00.000Z",
      clock: "SN-1",
      source: "readers",
      simulated: false,
    });
  });

  test("is chosen by when it was measured", async () => {
    const store = await openTestStore();
    await report(store, ...DAY);
    const query = { limit: 100, from: "2026-11-23T10:00:00+08:00", to: "2026-11-23T05:00:00Z" };
    expect(hours(await findDrift(store, "SN-1", query))).toEqual(["03", "02"]);
  });

  test.each([1, 3, 100])(
    "is all found by following the pages, when a request may look through %i records",
    async (most) => {
      const store = await openTestStore();
      await report(store, ...DAY);
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await findDrift(store, "SN-1", { limit: 2, ...(cursor ? { cursor } : {}) }, most);
        found.push(...hours(page));
        cursor = page.next;
      } while (cursor !== null);
      expect(found).toEqual(["07", "05", "03", "02", "01"]);
    },
  );

  test("is not looked for in what was committed long before", async () => {
    const store = await openTestStore();
    await report(store, ...DAY);
    const from = new Date(Date.now() + 48 * HOUR_MS).toISOString();
    expect(await findDrift(store, "SN-1", { limit: 2, from }, 1)).toEqual({ items: [], next: null });
  });

  test("is nothing in an empty database, and of a clock that was never measured", async () => {
    const store = await openTestStore();
    expect(await findDrift(store, "SN-1", { limit: 10 })).toEqual({ items: [], next: null });
    await report(store, { event: "online" });
    expect(await findDrift(store, "SN-1", { limit: 10 })).toEqual({ items: [], next: null });
  });
});
