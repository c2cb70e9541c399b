import { describe, expect, test } from "vitest";
import {
  dateOfDay,
  dayOfDate,
  formatTime,
  secondsOfTime,
  siteTime,
  weekdayOfDay,
  yearOfDay,
} from "../../../collector/attendance/site-time.ts";

describe("a day number", () => {
  test.each(["1970-01-01", "2024-02-29", "2026-11-24", "2000-12-31"])("is the inverse of its date: %s", (date) => {
    expect(dateOfDay(dayOfDate(date) as number)).toBe(date);
  });

  test("counts the days since 1970-01-01", () => {
    const days = ["1969-12-31", "1970-01-01", "1970-01-02", "2000-03-01"].map(dayOfDate);
    expect(days).toEqual([-1, 0, 1, 11_017]);
  });

  test("knows its weekday: 2026-11-24 is a Tuesday, 1969-12-28 a Sunday", () => {
    expect(weekdayOfDay(dayOfDate("2026-11-24") as number)).toBe(2);
    const week = ["1969-12-28", "1969-12-29", "1969-12-30", "1969-12-31", "1970-01-01", "1970-01-02", "1970-01-03"];
    expect(week.map((date) => weekdayOfDay(dayOfDate(date) as number))).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test("knows its year, from the first day to the last", () => {
    const years = ["1969-12-31", "2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01"];
    expect(years.map((date) => yearOfDay(dayOfDate(date) as number))).toEqual([1969, 2025, 2026, 2026, 2027]);
  });

  test.each(["2026-02-29", "2026-13-01", "2026-1-1", "", "yesterday"])("is nothing for %s", (date) => {
    expect(dayOfDate(date)).toBeUndefined();
  });
});

describe("a time of the day", () => {
  test("is seconds and back", () => {
    for (const [text, seconds] of [
      ["00:00:00", 0],
      ["09:00:01", 32_401],
      ["17:59:00", 64_740],
      ["23:59:59", 86_399],
    ] as const) {
      expect(secondsOfTime(text)).toBe(seconds);
      expect(formatTime(seconds)).toBe(text);
    }
  });

  test.each(["24:00:00", "30:00:00", "9:00:00", "08:60:00", "08:00:60", "09:00:001", "109:00:00", "09:00", "0a:00:00"])(
    "is nothing for %s",
    (text) => {
      expect(secondsOfTime(text)).toBeUndefined();
    },
  );
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

  test.each([
    ["America/New_York", "2026-03-08T01:59:59", "2026-03-08T06:59:59Z"],
    ["America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:30:00Z"],
    ["America/New_York", "2026-03-08T03:00:00", "2026-03-08T07:00:00Z"],
    ["America/New_York", "2026-11-01T00:59:59", "2026-11-01T04:59:59Z"],
    ["America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z"],
    ["America/New_York", "2026-11-01T02:00:00", "2026-11-01T07:00:00Z"],
    ["Australia/Sydney", "2026-04-05T01:59:59", "2026-04-04T14:59:59Z"],
    ["Australia/Sydney", "2026-04-05T02:30:00", "2026-04-04T15:30:00Z"],
    ["Australia/Sydney", "2026-04-05T03:00:00", "2026-04-04T17:00:00Z"],
    ["Australia/Sydney", "2026-10-04T01:59:59", "2026-10-03T15:59:59Z"],
    ["Australia/Sydney", "2026-10-04T02:30:00", "2026-10-03T16:30:00Z"],
    ["Australia/Sydney", "2026-10-04T03:00:00", "2026-10-03T16:00:00Z"],
  ])(
    "around a change of clocks in %s: %s is %s, the first of two and the one that never comes too",
    (zone, local, utc) => {
      const seconds = secondsOfTime(local.slice(11)) as number;
      expect(siteTime(zone).instant(dayOfDate(local.slice(0, 10)) as number, seconds)).toBe(Date.parse(utc));
    },
  );

  test("counts seconds past midnight into the next days", () => {
    const shanghai = siteTime("Asia/Shanghai");
    const day = dayOfDate("2026-03-10") as number;
    expect(shanghai.instant(day, 30 * 3600)).toBe(shanghai.instant(day + 1, 6 * 3600));
  });

  test("knows its zone, and stays right through more hours than it remembers", () => {
    const newYork = siteTime("America/New_York");
    expect(newYork.zone).toBe("America/New_York");
    const summer = Date.parse("2026-07-01T12:00:00Z");
    const winter = Date.parse("2026-01-01T12:00:00Z");
    for (let hour = 0; hour < 17_000; hour++) newYork.localMs(winter - hour * 3_600_000);
    expect(newYork.localMs(summer)).toBe(Date.parse("2026-07-01T08:00:00Z"));
    expect(newYork.localMs(winter)).toBe(Date.parse("2026-01-01T07:00:00Z"));
  });

  test("refuses a zone that does not exist", () => {
    expect(() => siteTime("Asia/Kunming")).toThrow(RangeError);
  });
});
