/** KQ 1(一): which punches are evidence of a day, and which are kept aside and counted. Tuesday, 2026-03-10. */
import { describe, expect, test } from "vitest";
import type { Punch } from "../../../collector/attendance/facts.ts";
import { type AttendanceSettings, DEFAULT_SETTINGS } from "../../../collector/attendance/settings.ts";
import { siftPunches } from "../../../collector/attendance/sift.ts";
import { dateOfDay, dayOfDate, formatTime, secondsOfTime, siteTime } from "../../../collector/attendance/site-time.ts";

const time = siteTime("Asia/Shanghai");
const TUESDAY = dayOfDate("2026-03-10") as number;
const at = (clock: string, day = TUESDAY) => time.instant(day, secondsOfTime(clock) as number);
const START = at("00:00:00", TUESDAY - 30);

/** Received as it was made, on the clock C1; its id is what it shows. */
function punch(clock: string, more: Partial<Punch> = {}): Punch {
  const moment = more.at ?? at(clock);
  return { id: clock, at: moment, device: "C1", receivedAt: moment, ...more };
}

interface Given {
  settings?: Partial<AttendanceSettings>;
  asOf?: number;
}

function sift(punches: readonly Punch[], { settings, asOf = at("00:00:00", TUESDAY + 7) }: Given = {}) {
  const merged = { ...DEFAULT_SETTINGS, ...settings };
  const { days, ...counts } = siftPunches(punches, { settings: merged, time, asOf, systemStart: START });
  const shown = [...days].map(([day, { am, pm }]) => [dateOfDay(day), am?.id, pm?.id]);
  return { days: shown, ...counts };
}

const NONE = { quarantined: 0, unmatched: 0, duplicates: 0 };
const tuesday = (am: string | undefined, pm: string | undefined) => [["2026-03-10", am, pm]];

describe("of a day's punches", () => {
  test("the earliest before 13:00 is the arrival, the latest from 13:00 on the departure", () => {
    const clocks = ["08:55:00", "08:50:00", "12:59:59", "13:00:00", "17:30:00", "17:05:00"];
    expect(sift(clocks.map((clock) => punch(clock)))).toEqual({ ...NONE, days: tuesday("08:50:00", "17:30:00") });
    expect(sift([punch("12:59:59")]).days).toEqual(tuesday("12:59:59", undefined));
    expect(sift([punch("13:00:00")]).days).toEqual(tuesday(undefined, "13:00:00"));
  });

  test("the moment is kept, in seconds from the midnight of its day", () => {
    const { days } = siftPunches([punch("08:50:10", { at: at("08:50:10") + 999 })], {
      settings: DEFAULT_SETTINGS,
      time,
      asOf: at("09:00:00"),
      systemStart: START,
    });
    const seconds = secondsOfTime("08:50:10") as number;
    expect([...days]).toEqual([[TUESDAY, { am: { id: "08:50:10", at: at("08:50:10") + 999, seconds } }]]);
  });

  test("the decision that gave a punch its time is kept with it", () => {
    const { days } = siftPunches([punch("08:50:00", { decision: "d1" })], {
      settings: DEFAULT_SETTINGS,
      time,
      asOf: at("09:00:00"),
      systemStart: START,
    });
    expect(days.get(TUESDAY)?.am?.decision).toBe("d1");
  });

  test("that of two clocks in one second is named by the lesser id, in whatever order they came", () => {
    for (const clock of ["08:50:00", "17:30:00"]) {
      const a = punch(clock, { id: "a" });
      const b = punch(clock, { id: "b", device: "C2" });
      const named = clock < "13" ? tuesday("a", undefined) : tuesday(undefined, "a");
      expect(sift([a, b])).toEqual({ ...NONE, days: named });
      expect(sift([b, a])).toEqual({ ...NONE, days: named });
    }
  });
});

test("work past midnight belongs to the day before, until 4:00:00", () => {
  const night = punch("03:59:59", { at: at("03:59:59", TUESDAY + 1) });
  const morning = punch("04:00:00", { at: at("04:00:00", TUESDAY + 1) });
  expect(sift([night]).days).toEqual(tuesday(undefined, "03:59:59"));
  expect(sift([morning]).days).toEqual([["2026-03-11", "04:00:00", undefined]]);
  const { days } = siftPunches([night], { settings: DEFAULT_SETTINGS, time, asOf: night.at, systemStart: START });
  expect(formatTime((days.get(TUESDAY)?.pm?.seconds ?? 0) - 24 * 3600)).toBe("03:59:59");
});

describe("outside the windows", () => {
  test("a punch counts, by the default", () => {
    expect(sift([punch("07:00:00"), punch("19:00:00")]).days).toEqual(tuesday("07:00:00", "19:00:00"));
  });

  test("a punch is none where the house is strict: before 8:00:00 and after 18:00:00", () => {
    const strict = { settings: { acceptOutsideWindow: false } };
    expect(sift([punch("07:59:59"), punch("18:00:01")], strict)).toEqual({ ...NONE, days: [] });
    expect(sift([punch("08:00:00"), punch("18:00:00")], strict).days).toEqual(tuesday("08:00:00", "18:00:00"));
    expect(sift([punch("07:59:59"), punch("08:30:00")], strict).days).toEqual(tuesday("08:30:00", undefined));
    expect(sift([punch("12:30:00"), punch("13:30:00")], strict).days).toEqual(tuesday("12:30:00", "13:30:00"));
  });
});

describe("a punch read again", () => {
  test("with the same clock, moment and user id is one punch and one duplicate", () => {
    const again = punch("08:50:00", { id: "again" });
    expect(sift([punch("08:50:00"), again, again])).toEqual({
      ...NONE,
      duplicates: 2,
      days: tuesday("08:50:00", undefined),
    });
  });

  test("is none on another clock, at another moment or by another user id", () => {
    const first = punch("08:50:00");
    expect(sift([first, { ...first, device: "C2" }]).duplicates).toBe(0);
    expect(sift([first, { ...first, at: first.at + 1 }]).duplicates).toBe(0);
    expect(sift([first, { ...first, pin: "99" }])).toMatchObject({ duplicates: 0, unmatched: 1 });
    const others = [punch("08:50:00", { pin: "98" }), punch("08:50:00", { pin: "99" })];
    expect(sift(others)).toEqual({ ...NONE, unmatched: 2, days: [] });
  });

  test("with an impossible time, or by a user id that is nobody's, is a duplicate of that", () => {
    const ahead = punch("08:50:00", { receivedAt: at("08:00:00") });
    const unknown = punch("08:50:00", { pin: "99" });
    expect(sift([ahead, ahead])).toEqual({ ...NONE, quarantined: 1, duplicates: 1, days: [] });
    expect(sift([unknown, unknown])).toEqual({ ...NONE, unmatched: 1, duplicates: 1, days: [] });
  });
});

describe("a clock that is wrong", () => {
  test("ahead of the receipt by more than 120 seconds: its punch is set aside", () => {
    const received = (ms: number) => [punch("08:50:00", { receivedAt: at("08:48:00") - ms })];
    expect(sift(received(0))).toEqual({ ...NONE, days: tuesday("08:50:00", undefined) });
    expect(sift(received(1))).toEqual({ ...NONE, quarantined: 1, days: [] });
  });

  test("that lost its time, back to before the system began: its punch is set aside", () => {
    const of = (moment: number) => [punch("x", { at: moment, receivedAt: at("09:00:00") })];
    expect(sift(of(START - 1))).toEqual({ ...NONE, quarantined: 1, days: [] });
    // The midnight at which it began belongs, as work past midnight, to the day before.
    expect(sift(of(START))).toEqual({ ...NONE, days: [["2026-02-07", undefined, "x"]] });
  });

  test("is noticed before the user id is looked at", () => {
    const both = [punch("08:50:00", { receivedAt: at("08:00:00"), pin: "99" })];
    expect(sift(both)).toEqual({ ...NONE, quarantined: 1, days: [] });
  });
});

test("a punch that arrives later does not exist yet, nor does its copy make a duplicate", () => {
  const late = punch("08:50:00", { receivedAt: at("10:00:00") });
  expect(sift([late, late], { asOf: at("10:00:00") - 1 })).toEqual({ ...NONE, days: [] });
  expect(sift([late], { asOf: at("10:00:00") }).days).toEqual(tuesday("08:50:00", undefined));
});
