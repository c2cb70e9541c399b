import fc from "fast-check";
import { expect, test } from "vitest";
import { bodyError } from "../../../collector/intake/body-check.ts";
import { RECORD_BODIES, RECORD_KINDS, type RecordKind } from "../../../protocol/messages/records.ts";
import { createPopulation } from "../../../simulators/pcs/population.ts";
import { postureRecord } from "../../../simulators/pcs/records.ts";

const AT = "2026-11-23T00:59:58.120Z";
const [pc] = createPopulation(1, 1).pcs;
if (!pc) throw new Error("a population of nobody");

/** One body of each kind as a source would send it, with its optional fields. */
const GOOD: Record<RecordKind, unknown> = {
  posture: postureRecord(pc, "start", Date.parse(AT)).body,
  "ip-change": {
    adapter: "eth0",
    kind: "wired",
    from: [{ address: "10.0.0.2", prefix: 24, origin: "dhcp" }],
    to: [],
    heldSeconds: 12.5,
  },
  power: { event: "boot", bootId: "b", clean: true, source: "journal", evidence: ["6005"] },
  inventory: {
    hash: "9f00000000000001",
    hardware: { cpu: "x" },
    added: [{ name: "wps", version: "1" }],
    removed: [],
    part: 1,
    parts: 1,
  },
  finding: { finding: "volume-mounted", since: AT, until: AT, evidence: { volume: "E:" } },
  punch: {
    ...{ clock: "TCB-00017", device: 1, user: "1001", deviceTime: "2026-11-23T08:59:58", offsetMs: null, readAt: AT },
    ...{ verification: ["finger"], type: 0, workCode: 0, ordinal: 0, via: "live", raw: "a501", doubt: "future" },
  },
  clock: {
    ...{ event: "state", clock: "TCB-00017", device: 1, family: "tcb", port: "/dev/ttyUSB0", fullAt: AT },
    capacity: { users: 1, fingerprints: 1, records: 1 },
  },
  gap: { from: 1, to: 2, count: 2, reason: "journal-full", kinds: { posture: 2 } },
};

/** Values that are nearly right somewhere. The characters outside the basic plane count twice in UTF-16. */
const ODD = [
  ...[null, true, "", "1", 0, 1, 2, 1.5, -1, 256, 2 ** 53, 1e308, [], {}, [1], [null], "finger", "a50", "A501"],
  ...["2026-02-30T00:00:00.000Z", "2026-13-01T00:00:00.000Z", "2026-11-23T00:00:00Z", `${AT}\n`, AT],
  ...["x".repeat(256), "x".repeat(257), "䶮".repeat(256), "𬭚".repeat(128), "𬭚".repeat(129), "x".repeat(5_000)],
  ...[Array(8).fill("finger"), Array(9).fill("finger"), Array(500).fill("x"), { unknown: "not-installed", at: AT }],
];

type Path = (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

/** The value with what stands at the path replaced; undefined takes it away. */
function changed(value: unknown, [key, ...rest]: Path, to: unknown): unknown {
  if (key === undefined) return to;
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  Object.assign(copy, { [key]: changed((value as Record<string, unknown>)[key], rest, to) });
  return copy;
}

test.each(RECORD_KINDS)("a %s is right to the compiled schema exactly when it is to zod, whatever comes", (kind) => {
  const good = GOOD[kind];
  expect(bodyError(kind, good)).toBeUndefined();
  const change = fc.tuple(
    fc.constantFrom(...pathsOf(good)),
    fc.oneof(fc.constantFrom(undefined, ...ODD), fc.jsonValue()),
  );
  fc.assert(
    fc.property(change, ([path, to]) => {
      const text = JSON.stringify(changed(good, path, to)) ?? "null";
      const isRight = RECORD_BODIES[kind].safeParse(JSON.parse(text)).success;
      expect(bodyError(kind, JSON.parse(text)) === undefined).toBe(isRight);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["a date that does not exist", { readAt: "2026-13-01T00:00:00.000Z" }, false],
  ["a name of 256 UTF-16 code units", { clock: "𬭚".repeat(128) }, true],
  ["a name of 258 UTF-16 code units in 129 characters", { clock: "𬭚".repeat(129) }, false],
])("%s", (_, change, isRight) => {
  expect(bodyError("punch", { ...(GOOD.punch as object), ...change }) === undefined).toBe(isRight);
});

test("says what is wrong in zod's words", () => {
  const error = bodyError("punch", { ...(GOOD.punch as object), readAt: "2026-13-01T00:00:00.000Z", type: 256 });
  expect(error?.issues.map(({ path, code }) => [path.join("."), code])).toEqual([
    ["readAt", "custom"],
    ["type", "too_big"],
  ]);
});
