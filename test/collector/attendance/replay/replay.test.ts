import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { CaseFile } from "../../../../collector/attendance/replay/case-file.ts";
import { type Checkpoint, parseCaseFile, replay } from "../../../../collector/attendance/replay/replay.ts";
import { isAppError } from "../../../../protocol/errors.ts";

const text = readFileSync(new URL("../cases.json", import.meta.url), "utf8");
const written = JSON.parse(text) as CaseFile;

/** Only what is given of the worked cases, read and replayed within the test: a fault of the format fails the case that shows it. */
function replayOnly(part: Partial<Pick<CaseFile, "cases" | "ledgerCases" | "scanCases">>): Checkpoint[] {
  return replay(parseCaseFile(JSON.stringify({ ...written, cases: [], ledgerCases: [], scanCases: [], ...part })));
}

describe("a worked case is computed as it expects", () => {
  test.each(written.cases)("$id $title_zh", (one) => {
    const checkpoints = replayOnly({ cases: [one] });
    expect(checkpoints.map(({ asOf }) => asOf)).toEqual(one.checkpoints.map(({ asOf }) => asOf));
    expect(checkpoints.flatMap(({ differences }) => differences)).toEqual([]);
  });

  test.each(written.ledgerCases)("$id $title_zh", (one) => {
    expect(replayOnly({ ledgerCases: [one] })).toMatchObject([{ case: one.id, asOf: null, differences: [] }]);
  });

  test.each(written.scanCases)("$id $title_zh", (one) => {
    expect(replayOnly({ scanCases: [one] })).toMatchObject([{ case: one.id, asOf: one.asOf, differences: [] }]);
  });
});

describe("a replay", () => {
  test("covers at least 60 cases of its own, each with its clause and an id of its own", () => {
    expect(written.cases.length).toBeGreaterThanOrEqual(60);
    expect(written.cases.filter(({ basis }) => !basis)).toEqual([]);
    expect(new Set(written.cases.map(({ id }) => id)).size).toBe(written.cases.length);
  });

  test("names every difference by its path, with what was expected and what was computed", () => {
    const [first] = structuredClone(written.cases);
    const expected = first?.checkpoints[0]?.expect;
    if (!first || !expected) throw new Error("no case");
    expected.days = { "2026-03-10": { am: "late", pm: "normal" }, "2026-03-11": { am: "normal" } };
    expected.counters = { late: 1, lateEarly: 0 };
    expected.reasons = ["absent"];

    expect(replayOnly({ cases: [first] })[0]?.differences).toEqual([
      { path: "days.2026-03-10.am", expected: "late", computed: "normal" },
      { path: "days.2026-03-11.am", expected: "normal", computed: null },
      { path: "counters.late", expected: 1, computed: 0 },
      { path: "reasons", expected: ["absent"], computed: [] },
    ]);
  });

  test.each([
    ["no JSON", "{"],
    ["another schema", JSON.stringify({ ...JSON.parse(text), schema: "other/1" })],
    ["a date that does not exist", text.replace('"days": ["2026-03-10"]', '"days": ["2026-02-30"]')],
    ["a half-day that does not exist", text.replace('{ "am": "normal"', '{ "an": "normal"')],
    ["a setting that does not exist", text.replace('"graceSeconds": 0', '"graceMinutes": 0')],
  ])("refuses %s with a clear code", (_what, broken) => {
    let thrown: unknown;
    try {
      parseCaseFile(broken);
    } catch (error) {
      thrown = error;
    }
    expect(isAppError(thrown, "bad-case-file")).toBe(true);
  });
});
