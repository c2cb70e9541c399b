/** Working days: the project's tables against the published ones, and what is not known. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import {
  addDays,
  BUILT_IN_YEARS,
  createCalendar,
  type EnteredDays,
  enterYear,
  layOver,
  missingYear,
} from "../../../collector/calendar/calendar.ts";

const CALENDAR = createCalendar();

interface PublishedYear {
  holidays: Record<string, string>;
  workdays: Record<string, string>;
}

function published(year: number): PublishedYear {
  const main = createRequire(import.meta.url).resolve("chinese-days");
  return JSON.parse(readFileSync(join(dirname(main), "years", `${year}.json`), "utf8")) as PublishedYear;
}

test.each(BUILT_IN_YEARS.map(({ year }) => year))(
  "the table of %i has the published holidays and make-up days",
  (year) => {
    const table = BUILT_IN_YEARS.find((entry) => entry.year === year);
    const { holidays, workdays } = published(year);
    expect(Object.keys(table?.holidays ?? {}).sort()).toEqual(Object.keys(holidays).sort());
    expect(Object.keys(table?.workdays ?? {}).sort()).toEqual(Object.keys(workdays).sort());
  },
);

test("2026 has 248 working days", () => {
  let days = 0;
  for (let day = "2026-01-01"; day <= "2026-12-31"; day = addDays(day, 1)) if (CALENDAR.isWorkingDay(day)) days++;
  expect(days).toBe(248);
});

test.each([
  ["2026-11-23", true, "a Monday"],
  ["2026-11-22", false, "a Sunday"],
  ["2026-10-01", false, "National Day"],
  ["2026-10-10", true, "a Saturday worked for National Day"],
  ["2026-09-20", true, "a Sunday worked for National Day"],
  ["2027-01-04", undefined, "a Monday of a year without a table"],
  ["2024-01-02", undefined, "a year before the tables"],
  ["2026-02-30", undefined, "no date"],
  ["2026-1-1", undefined, "no date either"],
  ["", undefined, "nothing"],
])("%s: %s (%s)", (day, expected, _why) => {
  expect(CALENDAR.isWorkingDay(day)).toBe(expected);
});

test.each([
  ["2026-10-08", "2026-09-30", "2026-10-09"],
  ["2026-11-23", "2026-11-20", "2026-11-24"],
  ["2026-10-09", "2026-10-08", "2026-10-10"],
  ["2026-12-31", "2026-12-30", undefined],
  ["2025-01-02", undefined, "2025-01-03"],
])("the working days around %s are %s and %s", (day, before, after) => {
  expect(CALENDAR.previousWorkingDay(day)).toBe(before);
  expect(CALENDAR.nextWorkingDay(day)).toBe(after);
});

test("a local notice wins over the table, and answers in a year without one", () => {
  const calendar = createCalendar(BUILT_IN_YEARS, { "2026-11-23": false, "2027-01-04": true });
  expect(calendar.isWorkingDay("2026-11-23")).toBe(false);
  expect(calendar.isWorkingDay("2027-01-04")).toBe(true);
  expect(calendar.isWorkingDay("2027-01-05")).toBeUndefined();
});

test("what is entered lies over the tables at once: a local day before a year, a year in the place of its table", () => {
  const entered: EnteredDays = { years: {}, days: {} };
  const calendar = layOver(CALENDAR, entered);
  expect(calendar.isWorkingDay("2027-01-04")).toBeUndefined();
  enterYear(entered, { year: 2027, holidays: ["2027-01-01"], makeUpDays: ["2027-01-09"] });
  enterYear(entered, { year: 2026, holidays: ["2026-12-31"], makeUpDays: [] });
  entered.days["2027-01-05"] = false;
  const days = ["2026-10-01", "2026-10-10", "2027-01-01", "2027-01-04", "2027-01-05", "2027-01-09", "2027-01-10"];
  expect(days.map(calendar.isWorkingDay)).toEqual([true, false, false, true, false, true, false]);
  expect(calendar.nextWorkingDay("2026-12-30")).toBe("2027-01-04");
  expect(calendar.isWorkingDay("2027-02-29")).toBeUndefined();
});

test.each([
  ["2026-11-30", undefined],
  ["2026-12-01", 2027],
  ["2026-12-31", 2027],
  ["2027-01-01", 2027],
  ["2025-12-31", undefined],
])("on %s the year missing is %s", (today, expected) => {
  expect(missingYear(CALENDAR, today)).toBe(expected);
});
