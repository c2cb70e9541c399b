import { describe, expect, test } from "vitest";
import {
  dateOfDay,
  dayOfDate,
  formatTime,
  secondsOfTime,
  siteTime,
  weekdayOfDay,
} from "../../../collector/attendance/site-time.ts";

describe("a day number", () => {
  test.each(["1970-01-01", "2024-02-29", "2026-11-24", "2000-12-31"])("is the inverse of its date: %s", (date) => {
    expect(dateOfDay(dayOfDate(date) as number)).toBe(date);
  });

  test("knows its weekday: 2026-11-24 is a Tuesday, 1969-12-28 a Sunday", () => {
    expect(weekdayOfDay(dayOfDate("2026-11-24") as number)).toBe(2);
    expect(weekdayOfDay(dayOfDate("1969-12-28") as number)).toBe(0);
  });

  test.each(["2026-02-29", "2026-13-01", "2026-1-1", "", "yesterday"])("is nothing for %s", (date) => {
    expect(dayOfDate(date)).toBeUndefined();
  });
});

describe("a time of the day", () => {
  test("is seconds and back", () => {
    expect(secondsOfTime("09:00:01")).toBe(32_401);
    expect(formatTime(32_401)).toBe("09:00:01");
    expect(secondsOfTime("24:00:00")).toBeUndefined();
    expect(secondsOfTime("9:00:00")).toBeUndefined();
  });
});

describe("the site's time", () => {
  test("in Shanghai is 8 hours ahead of UTC", () => {
    const shanghai = siteTime("Asia/Shanghai");
    expect(shanghai.localMs(Date.parse("2026-03-10T01:00:00Z"))).toBe(Date.parse("2026-03-10T09:00:00Z"));
    expect(shanghai.instant(dayOfDate("2026-03-10") as number, 32_400)).toBe(Date.parse("2026-03-10T01:00:00Z"));
  });

  test("follows a zone through its change of clocks", () => {
    const newYork = siteTime("America/New_York");
    // Facts of the IANA database: 2026-03-08 02:00 EST becomes 03:00 EDT.
    expect(newYork.localMs(Date.parse("2026-03-08T06:59:59Z"))).toBe(Date.parse("2026-03-08T01:59:59Z"));
    expect(newYork.localMs(Date.parse("2026-03-08T07:00:00Z"))).toBe(Date.parse("2026-03-08T03:00:00Z"));
    expect(newYork.instant(dayOfDate("2026-03-08") as number, 9 * 3600)).toBe(Date.parse("2026-03-08T13:00:00Z"));
  });

  test("refuses a zone that does not exist", () => {
    expect(() => siteTime("Asia/Kunming")).toThrow(RangeError);
  });
});
