/** WG 18 (每2天杀毒一次): a completed scan today or on the working day before, judged at 17:00. */
import { describe, expect, test } from "vitest";
import type { DayType, Workdays } from "../../../collector/attendance/facts.ts";
import { judgeScans } from "../../../collector/attendance/scan.ts";
import { DEFAULT_SETTINGS } from "../../../collector/attendance/settings.ts";
import { dayOfDate, secondsOfTime, siteTime, weekdayOfDay } from "../../../collector/attendance/site-time.ts";

const time = siteTime("Asia/Shanghai");
const TUESDAY = dayOfDate("2026-03-10") as number;
const MONDAY = TUESDAY - 1;
const FRIDAY = MONDAY - 3;
const at = (clock: string, day = TUESDAY) => time.instant(day, secondsOfTime(clock) as number);
const weekdays = (day: number): DayType => ([0, 6].includes(weekdayOfDay(day)) ? "restday" : "workday");

interface Given {
  day?: number;
  asOf?: number;
  scanEveryWorkdays?: number;
  workdays?: Workdays;
}

function judge(scans: readonly number[], given: Given = {}) {
  const { day = TUESDAY, asOf = at("17:00:00", day), scanEveryWorkdays = 2, workdays = weekdays } = given;
  return judgeScans(day, scans, asOf, { settings: { ...DEFAULT_SETTINGS, scanEveryWorkdays }, time, workdays });
}

describe("a PC on a working day", () => {
  test("is in order with a scan of today, or of the working day before from its first second on", () => {
    expect(judge([at("10:00:00")])).toBe("compliant");
    expect(judge([at("00:00:00", MONDAY)])).toBe("compliant");
    expect(judge([at("00:00:00", MONDAY) - 1])).toBe("violation");
  });

  test("has until 17:00:00, then it is in breach", () => {
    expect(judge([], { asOf: at("17:00:00") - 1 })).toBe("due");
    expect(judge([], { asOf: at("17:00:00") })).toBe("violation");
  });

  test("is judged by any of its scans, and by none that was not known or belongs to a later day", () => {
    expect(judge([at("00:00:00", FRIDAY), at("10:00:00")])).toBe("compliant");
    expect(judge([at("17:00:01")])).toBe("violation");
    expect(judge([at("17:00:00")])).toBe("compliant");
    expect(judge([at("00:00:00", TUESDAY + 1)], { asOf: at("09:00:00", TUESDAY + 2) })).toBe("violation");
    expect(judge([at("23:59:59")], { asOf: at("09:00:00", TUESDAY + 2) })).toBe("compliant");
  });

  test("counts days of rest out: on Monday the scan of Friday, or of the weekend, will do", () => {
    expect(judge([at("00:00:00", FRIDAY)], { day: MONDAY })).toBe("compliant");
    expect(judge([at("10:00:00", FRIDAY + 1)], { day: MONDAY })).toBe("compliant");
    expect(judge([at("00:00:00", FRIDAY) - 1], { day: MONDAY })).toBe("violation");
  });

  test("is scanned as often as the house says: each day, or every third", () => {
    expect(judge([at("23:59:59", MONDAY)], { scanEveryWorkdays: 1 })).toBe("violation");
    expect(judge([at("00:00:00", FRIDAY)], { scanEveryWorkdays: 3 })).toBe("compliant");
    expect(judge([at("00:00:00", FRIDAY) - 1], { scanEveryWorkdays: 3 })).toBe("violation");
  });
});

test("nothing is asked on a day of rest", () => {
  expect(judge([], { day: TUESDAY + 4 })).toBe("rest");
});

describe("where the calendar is silent nothing is judged", () => {
  const from = (first: number) => (day: number) => (day >= first ? weekdays(day) : undefined);

  test("of the day itself, or of the days that must be looked back on", () => {
    expect(judge([at("10:00:00")], { workdays: () => undefined })).toBe("unknown");
    expect(judge([at("10:00:00")], { workdays: () => undefined, scanEveryWorkdays: 1 })).toBe("unknown");
    expect(judge([at("10:00:00")], { workdays: from(TUESDAY) })).toBe("unknown");
    const withoutMonday = (day: number) => (day === MONDAY ? undefined : weekdays(day));
    expect(judge([at("10:00:00")], { workdays: withoutMonday })).toBe("unknown");
    expect(judge([], { workdays: from(TUESDAY), scanEveryWorkdays: 1 })).toBe("violation");
    expect(judge([], { workdays: from(MONDAY) })).toBe("violation");
  });

  test("and 400 days without work are looked back on, no more", () => {
    const lastWorked = (distance: number) => (day: number) =>
      day === TUESDAY || day === TUESDAY - distance ? ("workday" as const) : ("restday" as const);
    expect(judge([], { workdays: lastWorked(400) })).toBe("violation");
    expect(judge([], { workdays: lastWorked(401) })).toBe("unknown");
  });
});
