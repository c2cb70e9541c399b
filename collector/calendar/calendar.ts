/** Chinese working days as pure functions of dates `YYYY-MM-DD`. A year without data gives undefined, never an answer. */
import { type DayNumber, dateOfDay, dayOfDate, weekdayOfDay } from "../attendance/site-time.ts";
import type { YearDays } from "./year-days.ts";
import { YEAR_2025 } from "./years/2025.ts";
import { YEAR_2026 } from "./years/2026.ts";

export interface Calendar {
  /** Undefined: the year is in no table (历法未定), or the text is no date. */
  isWorkingDay(day: string): boolean | undefined;
  /** The nearest working day before `day`; undefined when a day on the way is unknown. */
  previousWorkingDay(day: string): string | undefined;
  /** The nearest working day after `day`; undefined when a day on the way is unknown. */
  nextWorkingDay(day: string): string | undefined;
  /** All that the answers follow from, as JSON can write it: to tell one calendar from another. */
  readonly basis: unknown;
}

export const BUILT_IN_YEARS: readonly YearDays[] = [YEAR_2025, YEAR_2026];

/** No run of days off is longer; a search that finds nothing within is not an answer. */
const SEARCH_DAYS_MAX = 60;

/** `overrides`: local notices, by date; they win over the year's table, and stand alone in a year without one. */
export function createCalendar(
  years: readonly YearDays[] = BUILT_IN_YEARS,
  overrides: Readonly<Record<string, boolean>> = {},
): Calendar {
  const byYear = new Map(years.map((year) => [year.year, year]));

  return calendarOf([years, overrides], (day) => {
    const number = dayOfDate(day);
    if (number === undefined) return undefined;
    if (Object.hasOwn(overrides, day)) return overrides[day];
    const year = byYear.get(Number(day.slice(0, 4)));
    if (!year) return undefined;
    if (Object.hasOwn(year.workdays, day)) return true;
    if (Object.hasOwn(year.holidays, day)) return false;
    return isWeekday(number);
  });
}

/** What officers entered: whole years by a notice of the State Council, single days by a local one. Kept as JSON. */
export interface EnteredDays {
  /** By year: whether a date is worked that "Monday to Friday" says otherwise of, or may say otherwise. */
  years: Record<string, Record<string, boolean>>;
  days: Record<string, boolean>;
}

export function enterYear(
  entered: EnteredDays,
  { year, holidays, makeUpDays }: { year: number; holidays: readonly string[]; makeUpDays: readonly string[] },
): void {
  const off = holidays.map((day) => [day, false] as const);
  entered.years[year] = Object.fromEntries([...off, ...makeUpDays.map((day) => [day, true] as const)]);
}

/** The calendar with what is entered laid over it, also what is entered later. A year entered takes the place of its table. */
export function layOver(calendar: Calendar, entered: EnteredDays): Calendar {
  return calendarOf([calendar.basis, entered], (day) => {
    const number = dayOfDate(day);
    if (number === undefined) return undefined;
    const year = entered.years[day.slice(0, 4)];
    return entered.days[day] ?? (year ? (year[day] ?? isWeekday(number)) : calendar.isWorkingDay(day));
  });
}

function isWeekday(day: DayNumber): boolean {
  const weekday = weekdayOfDay(day);
  return weekday >= 1 && weekday <= 5;
}

function calendarOf(basis: unknown, isWorkingDay: Calendar["isWorkingDay"]): Calendar {
  function search(day: string, step: 1 | -1): string | undefined {
    for (let distance = 1; distance <= SEARCH_DAYS_MAX; distance++) {
      const candidate = addDays(day, step * distance);
      const works = isWorkingDay(candidate);
      if (works === undefined) return undefined;
      if (works) return candidate;
    }
    return undefined;
  }

  return {
    isWorkingDay,
    previousWorkingDay: (day) => search(day, -1),
    nextWorkingDay: (day) => search(day, 1),
    basis,
  };
}

/** The year whose working days are missing and needed now: this one, or from 1 December on the next. Undefined: none is. */
export function missingYear(calendar: Calendar, today: string): number | undefined {
  const year = Number(today.slice(0, 4));
  if (calendar.isWorkingDay(today) === undefined) return year;
  const isNextNeeded = today.slice(5) >= "12-01";
  return isNextNeeded && calendar.isWorkingDay(`${year + 1}-01-01`) === undefined ? year + 1 : undefined;
}

/** The date so many days later (or earlier). `day` must be a date. */
export function addDays(day: string, days: number): string {
  return dateOfDay((dayOfDate(day) as number) + days);
}
