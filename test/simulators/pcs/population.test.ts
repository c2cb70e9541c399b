import { describe, expect, it } from "vitest";
import { recordEnvelope } from "../../../protocol/messages/envelope.ts";
import { NAME_PATTERN } from "../../../protocol/messages/names.ts";
import { RECORD_BODIES } from "../../../protocol/messages/records.ts";
import { expectedFindings } from "../../../simulators/pcs/expected.ts";
import { IRREGULARITIES } from "../../../simulators/pcs/pc.ts";
import { createPopulation, PCS_MAX } from "../../../simulators/pcs/population.ts";
import { bootRecords, ipChangeRecord, postureRecord, shutdownRecord } from "../../../simulators/pcs/records.ts";

const NOW = Date.parse("2026-11-23T00:30:00.000Z");
const DAY_MS = 86_400_000;

describe("a population of office PCs", () => {
  it("is the same for the same seed and another for another", () => {
    expect(createPopulation(40, 7)).toEqual(createPopulation(40, 7));
    expect(createPopulation(40, 8).pcs).not.toEqual(createPopulation(40, 7).pcs);
  });

  it.each([1, 2, 3, 4, 5])("has every kind of irregularity among 40 PCs, and most PCs healthy (seed %i)", (seed) => {
    const { pcs } = createPopulation(40, seed);
    expect(new Set(pcs.map(({ planted }) => planted))).toEqual(new Set([null, ...IRREGULARITIES]));
    expect(pcs.filter(({ planted }) => planted === null).length).toBeGreaterThanOrEqual(20);
  });

  it("gives every PC its own name, hardware, adapter and address, but for those in conflict", () => {
    const { pcs } = createPopulation(PCS_MAX, 3);
    for (const field of ["wanted", "hostname", "machine", "mac"] as const) {
      expect(new Set(pcs.map((pc) => pc[field])).size).toBe(PCS_MAX);
    }
    const alone = pcs.filter(({ planted }) => planted !== "ip-conflict");
    expect(new Set(alone.map(({ address }) => address)).size).toBe(alone.length);
    for (const { wanted } of pcs) expect(wanted).toMatch(NAME_PATTERN);
  });

  it("puts exactly two PCs on one address for each conflict", () => {
    const { pcs } = createPopulation(40, 3);
    const [first, second, ...others] = pcs.filter(({ planted }) => planted === "ip-conflict");
    expect([first?.address, others]).toEqual([second?.address, []]);
  });

  it("works for an office of one", () => {
    const { pcs } = createPopulation(1, 1);
    expect(expectedFindings(pcs)).toEqual([
      { rule: "XC1-unregistered", source: "sim-pc-0001", hostname: pcs[0]?.hostname, due: "at-once" },
    ]);
  });
});

describe("what simulated PCs send", () => {
  const { pcs } = createPopulation(200, 5);

  it("is valid by the contract, for every PC", () => {
    for (const pc of pcs) {
      const records = [
        postureRecord(pc, "start", NOW),
        ...bootRecords(pc, NOW),
        shutdownRecord(pc, NOW),
        ipChangeRecord(pc, "10.36.10.240", NOW),
      ];
      for (const record of records) {
        expect(recordEnvelope.safeParse(record).error).toBeUndefined();
        expect(RECORD_BODIES[record.kind].safeParse(record.body).error).toBeUndefined();
      }
    }
  });

  it("shows what was planted, with ages on the right side of the limits", () => {
    const ages = (planted: string | null) =>
      pcs.flatMap((pc) => (pc.planted === planted ? definitionAgesDays(pc) : []));
    expect(Math.min(...ages("definitions-old"))).toBeGreaterThan(7);
    expect(Math.min(...ages("definitions-ageing"))).toBeGreaterThan(3);
    expect(Math.max(...ages("definitions-ageing"))).toBeLessThan(7);
    expect(Math.max(...ages(null))).toBeLessThan(3);
  });

  it("changes the hash of a part only with its content", () => {
    const pc = pcs[0];
    if (!pc) throw new Error("no PC");
    const before = postureRecord(pc, "start", NOW).body as { network: { hash: string }; patch: { hash: string } };
    const after = postureRecord({ ...pc, address: "10.36.10.240" }, "change", NOW).body as typeof before;
    expect(after.network.hash).not.toBe(before.network.hash);
    expect(after.patch.hash).toBe(before.patch.hash);
  });

  function definitionAgesDays(pc: (typeof pcs)[number]): number[] {
    const record = postureRecord(pc, "start", NOW);
    const products = record.kind === "posture" ? record.body.antivirus.content?.products : undefined;
    if (!products || !("value" in products)) return [];
    return products.value.map(({ definitionsAt }) =>
      "value" in definitionsAt ? (NOW - Date.parse(definitionsAt.value)) / DAY_MS : Number.NaN,
    );
  }
});

it("what should be found names one rule for every planted PC", () => {
  const { pcs } = createPopulation(40, 7);
  const expected = expectedFindings(pcs);
  const planted = expected.filter(({ rule }) => rule !== "XC1-unregistered");
  expect(planted).toHaveLength(pcs.filter((pc) => pc.planted).length);
  expect(new Set(planted.map(({ rule }) => rule))).toEqual(
    new Set([
      "WG14-ip-change",
      "WG14-ip-conflict",
      "XC4-definitions-old",
      "XC4-definitions-ageing",
      "WG18-no-antivirus",
      "WG18-protection-off",
      "WG18-scan-overdue",
      "XC3-server-patches",
      "XC3-desktop-baseline",
      "SB315-unexpected-shutdown",
      "TIME-drift",
      "XC1-silent",
      "ID-duplicate",
    ]),
  );
});
