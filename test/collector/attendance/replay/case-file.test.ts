/** The format of worked cases: the file, its settings and its calendar; what may be left out, and what is refused. */
import { describe, expect, test } from "vitest";
import { parseCaseFile } from "../../../../collector/attendance/replay/replay.ts";
import {
  CALENDAR,
  CONFIG,
  FILE,
  LEDGER,
  NO_BOOLEAN,
  NO_DATE,
  NO_INSTANT,
  NO_TEXT,
  NO_TIME,
  read,
  refuseEach,
  SCAN,
} from "./support/case-text.ts";

describe("a file of cases", () => {
  test("may hold no case at all", () => {
    expect(read(FILE)).toEqual({ ...FILE, cases: [], ledgerCases: [], scanCases: [] });
  });

  test("names its schema, its zone, its start and its calendar", () => {
    const named = { ...FILE, timezone: "Asia/Shanghai", calendar: { ...CALENDAR, source: "国办", overrides: {} } };
    expect(read(named)).toMatchObject(named);
    const wrong = { schema: [undefined, "attendance-acceptance/2"], timezone: [8], systemStart: NO_DATE };
    refuseEach(named, wrong, (file) => file);
    const bad = {
      source: [7],
      years: [undefined, [2026], ["26"], ["12026"], ["2026x"], ["202x"]],
      holidays: [undefined, ["2026-02-30"]],
      makeupWorkdays: [undefined, ["2026-02-30"]],
      overrides: [{ "2026-02-30": "restday" }, { "2026-03-10": "holiday" }],
    };
    refuseEach(CALENDAR, bad, (calendar) => ({ ...FILE, calendar }));
    const overrides = { "2026-03-10": "restday", "2026-03-14": "workday" };
    expect(read({ ...FILE, calendar: { ...CALENDAR, overrides } }).calendar.overrides).toEqual(overrides);
  });

  test("gives every setting, each within its bounds, and no other", () => {
    const wrong = {
      arrivalWindow: [undefined, ["08:00:00"], ["08:00:00", "9:00:00"], "08:00:00"],
      departureWindow: [undefined, ["17:00:00"], ["17:0:00", "18:00:00"], "17:00:00"],
      lateAfter: NO_TIME,
      earlyBefore: NO_TIME,
      splitTime: NO_TIME,
      dayStart: NO_TIME,
      precision: [undefined, "hour"],
      graceSeconds: [undefined, -1, 0.5],
      acceptOutsideWindow: NO_BOOLEAN,
      lateToAbsentMinutes: [undefined, 0, 1.5],
      earlyToAbsentMinutes: [undefined, 0, 1.5],
      explainDeadlineWorkdays: [undefined, -1, 0.5],
      allowRetroactive: NO_BOOLEAN,
      futureToleranceSeconds: [undefined, -1, 0.5],
      substituteCountsAsPresent: NO_BOOLEAN,
      scanEveryWorkdays: [undefined, 0, 1.5],
      scanJudgedAt: NO_TIME,
      thresholds: [undefined, {}, { ...CONFIG.thresholds, lateAtLeast: 3 }],
      graceMinutes: [1],
    };
    refuseEach(CONFIG, wrong, (config) => ({ ...FILE, config }));
    const least = {
      ...CONFIG,
      lateToAbsentMinutes: 1,
      earlyToAbsentMinutes: 1,
      explainDeadlineWorkdays: 0,
      futureToleranceSeconds: 0,
      scanEveryWorkdays: 1,
      precision: "minute",
      scanJudgedAt: "23:59:59",
    };
    expect(read({ ...FILE, config: least }).config).toEqual(least);
    const limits = {
      lateEarlyAtLeast: [undefined, "15"],
      sickPersonalMoreThan: [undefined, "15"],
      absentMoreThan: [undefined, "3"],
      meetingMissedAtLeast: [undefined, 4.5],
      safetyReturnAtLeast: [undefined, 2.5],
    };
    refuseEach(CONFIG.thresholds, limits, (thresholds) => ({ ...FILE, config: { ...CONFIG, thresholds } }));
  });
});

describe("a case of a ledger or of scans", () => {
  test("names its ledger, its entries and what is expected of the year", () => {
    const wrong = {
      id: NO_TEXT,
      kind: [undefined, "fire_ledger"],
      config: [{ graceMinutes: 1 }],
      events: [undefined, [1]],
      expect: [undefined, []],
    };
    refuseEach(LEDGER, wrong, (one) => ({ ...FILE, ledgerCases: [one] }));
    const safety = { ...LEDGER, kind: "safety_ledger", title: "t", title_zh: "题", basis: "AQ", config: {} };
    expect(read({ ...FILE, ledgerCases: [LEDGER, safety] }).ledgerCases).toEqual([LEDGER, safety]);
  });

  test("names the day, its moment, the scans and the status expected", () => {
    const wrong = {
      id: NO_TEXT,
      day: NO_DATE,
      asOf: NO_INSTANT,
      config: [{ graceMinutes: 1 }],
      completedScans: [undefined, ["today"]],
      expect: [undefined, {}],
    };
    refuseEach(SCAN, wrong, (one) => ({ ...FILE, scanCases: [one] }));
    const told = { ...SCAN, title: "t", title_zh: "题", basis: "WG", config: { scanEveryWorkdays: 1 } };
    expect(read({ ...FILE, scanCases: [SCAN, told] }).scanCases).toEqual([SCAN, told]);
  });
});

test("what is no JSON is refused by name, with the cause", () => {
  expect(() => parseCaseFile("{")).toThrow(
    expect.objectContaining({
      code: "bad-case-file",
      message: expect.stringMatching(/^not a file of worked cases: ./),
      cause: expect.any(SyntaxError),
    }),
  );
});
