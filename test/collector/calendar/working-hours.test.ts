/** Working time between instants, in the site's zone, whatever zone the process runs in. */
import { expect, test, vi } from "vitest";
import { createCalendar } from "../../../collector/calendar/calendar.ts";
import { WorkingHours } from "../../../collector/calendar/working-hours.ts";
import { siteTime } from "../projections/support/reports.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HOURS = new WorkingHours(createCalendar(), { zone: "Asia/Shanghai", start: "09:00", end: "17:00" });

function span(from: string, to: string) {
  return { from: siteTime(from), to: siteTime(to) };
}

test.each([
  ["2026-11-23 08:00", "2026-11-23 10:00", 1 * HOUR, "only from nine"],
  ["2026-11-23 16:30", "2026-11-24 09:30", 1 * HOUR, "over a night"],
  ["2026-11-20 16:00", "2026-11-23 10:00", 2 * HOUR, "over a weekend"],
  ["2026-09-30 16:00", "2026-10-08 10:00", 2 * HOUR, "over National Day"],
  ["2026-10-10 09:00", "2026-10-10 17:00", 8 * HOUR, "a Saturday that is worked"],
  ["2026-11-23 18:00", "2026-11-23 20:00", 0, "in the evening"],
  ["2026-11-23 10:00", "2026-11-23 10:00", 0, "nothing"],
  ["2026-12-31 16:00", "2027-01-04 10:00", undefined, "into a year without a table"],
])("from %s to %s: %s (%s)", (from, to, expected, _why) => {
  expect(HOURS.workingMs(span(from, to))).toBe(expected);
});

test("what is left out is not counted, however it lies", () => {
  const holes = [span("2026-11-23 08:00", "2026-11-23 09:30"), span("2026-11-23 11:00", "2026-11-23 11:15")];
  expect(HOURS.workingMs(span("2026-11-23 09:00", "2026-11-23 12:00"), holes)).toBe(2 * HOUR + 15 * MINUTE);
});

test.each([
  ["2026-11-23 09:30", 60 * MINUTE, "2026-11-23 10:30"],
  ["2026-11-23 17:30", 60 * MINUTE, "2026-11-24 10:00"],
  ["2026-11-20 16:30", 60 * MINUTE, "2026-11-23 09:30"],
  ["2026-11-23 09:00", 8 * HOUR, "2026-11-23 17:00"],
])("from %s so much working time (%i ms) is over at %s", (from, ms, expected) => {
  expect(HOURS.afterWorkingMs(siteTime(from), ms)).toBe(siteTime(expected));
});

test("working time over a hole and the year's end", () => {
  const hole = span("2026-11-23 10:00", "2026-11-23 13:00");
  expect(HOURS.afterWorkingMs(siteTime("2026-11-23 09:30"), HOUR, [hole])).toBe(siteTime("2026-11-23 13:30"));
  expect(HOURS.afterWorkingMs(siteTime("2026-12-31 16:30"), HOUR)).toBeUndefined();
});

test.each(["America/New_York", "Pacific/Kiritimati", "UTC"])("the process's zone %s does not matter", (zone) => {
  vi.stubEnv("TZ", zone);
  expect(HOURS.dayAt(siteTime("2026-11-23 00:00"))).toBe("2026-11-23");
  expect(HOURS.dayAt(siteTime("2026-11-23 00:00") - 1)).toBe("2026-11-22");
  expect(HOURS.at("2026-11-23", "17:00")).toBe(siteTime("2026-11-23 17:00"));
  expect(createCalendar().isWorkingDay("2026-10-08")).toBe(true);
});

test("a zone that does not exist and a time that is none are refused at once", () => {
  expect(() => new WorkingHours(createCalendar(), { zone: "Asia/Nowhere", start: "09:00", end: "17:00" })).toThrow(
    RangeError,
  );
  expect(() => new WorkingHours(createCalendar(), { zone: "UTC", start: "9:00", end: "17:00" })).toThrow(RangeError);
});
