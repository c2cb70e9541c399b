import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { CaseFile } from "../../../../collector/attendance/replay/case-file.ts";
import { type Checkpoint, parseCaseFile, replay } from "../../../../collector/attendance/replay/replay.ts";
import { isAppError } from "../../../../protocol/errors.ts";

const text = readFileSync(new URL("../cases.json", import.meta.url), "utf8");
const written = JSON.parse(text) as CaseFile;
const FIRST = written.cases[0] as CaseFile["cases"][number];

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
    const first = structuredClone(FIRST);
    const expected = first.checkpoints[0]?.expect;
    if (!expected) throw new Error("no checkpoint");
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

  test("shows what it computed with the rule and the clause of each half-day", () => {
    const { id, title_zh } = FIRST;
    expect(replayOnly({ cases: [FIRST] })).toEqual([
      {
        case: id,
        title: title_zh,
        asOf: "2026-03-16T09:00:00+08:00",
        result: {
          days: {
            "2026-03-10": {
              dayType: "workday",
              am: "normal",
              pm: "normal",
              rules: ["on-time", "on-time"],
              articles: ["KQ 1(一)", "KQ 1(一)"],
            },
          },
          counters: expect.objectContaining({ presentDays: 1, dueDays: 1, lateEarly: 0 }),
          disqualified: false,
          reasons: [],
          quarantined: 0,
          unmatched: 0,
          duplicates: 0,
        },
        differences: [],
      },
    ]);
  });

  test("titles a case in Chinese, else in the other language, else not at all", () => {
    const { title_zh: _, ...untitled } = FIRST;
    const cases = [{ ...FIRST, title: "on time" }, { ...untitled, title: "on time" }, untitled];
    expect(replayOnly({ cases }).map(({ title }) => title)).toEqual([FIRST.title_zh, "on time", ""]);
  });

  test("counts the year of the last day, unless the case names another", () => {
    const late = { ...FIRST, days: ["2025-12-31", "2026-03-10"], openingBalance: {} };
    const dueDays = (one: CaseFile["cases"][number]) => replayOnly({ cases: [one] })[0]?.result.counters;
    expect(dueDays(late)).toMatchObject({ dueDays: 1, presentDays: 1 });
    expect(dueDays({ ...late, year: 2025 })).toMatchObject({ dueDays: 1, presentDays: 0 });
  });

  test("is of a site in China, unless another zone is named", () => {
    const file = parseCaseFile(JSON.stringify({ ...written, cases: [FIRST], ledgerCases: [], scanCases: [] }));
    const status = (zone?: string) => replay(file, zone)[0]?.result.days;
    expect(status()).toEqual(status("Asia/Shanghai"));
    // 8:00 and 17:00 of China are 0:00 and 9:00 of UTC.
    expect(status("UTC")).toMatchObject({ "2026-03-10": { am: "normal", pm: "absent" } });
  });

  test("names what is missing below what it did not compute", () => {
    const checkpoint = {
      asOf: "2026-03-16T09:00:00+08:00",
      expect: { days: { "2026-03-12": { am: "late", pm: "late" } } },
    };
    const [first] = replayOnly({ cases: [{ ...FIRST, checkpoints: [checkpoint] }] });
    expect(first?.differences).toEqual([
      { path: "days.2026-03-12.am", expected: "late", computed: null },
      { path: "days.2026-03-12.pm", expected: "late", computed: null },
    ]);
  });

  test("names what was computed where nothing was expected", () => {
    const [ledger] = written.ledgerCases;
    if (!ledger) throw new Error("no case");
    expect(replayOnly({ ledgerCases: [{ ...ledger, expect: { missed: null } }] })[0]?.differences).toEqual([
      { path: "missed", expected: null, computed: 0 },
    ]);
  });

  test("of a ledger or of scans names its differences too", () => {
    const [ledger] = written.ledgerCases;
    const [scan] = written.scanCases;
    if (!ledger || !scan) throw new Error("no case");
    const wrong = {
      ledgerCases: [{ ...ledger, expect: { missed: 9 } }],
      scanCases: [{ ...scan, expect: { status: "due" } }],
    };
    expect(replayOnly(wrong)).toEqual([
      {
        case: ledger.id,
        title: ledger.title_zh,
        asOf: null,
        result: { missed: 0, windowDisqualified: false },
        differences: [{ path: "missed", expected: 9, computed: 0 }],
      },
      {
        case: scan.id,
        title: scan.title_zh,
        asOf: scan.asOf,
        result: { status: "compliant" },
        differences: [{ path: "status", expected: "due", computed: "compliant" }],
      },
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
