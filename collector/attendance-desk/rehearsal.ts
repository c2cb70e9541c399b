/** What other settings would have made of recorded days: the very engine, the same evidence, nothing written. */
import { AppError } from "../../protocol/errors.ts";
import { type Counters, countYear } from "../attendance/counters.ts";
import { judgeEligibility, type LossReason } from "../attendance/eligibility.ts";
import { overlay } from "../attendance/replay/case-facts.ts";
import type { SettingsText } from "../attendance/replay/settings-file.ts";
import type { AttendanceSettings, Thresholds } from "../attendance/settings.ts";
import { type DayNumber, dateOfDay, yearOfDay } from "../attendance/site-time.ts";
import type { DayResult, SlotStatus } from "../attendance/status.ts";
import type { AttendanceDesk, PersonDays } from "./desk.ts";
import type { SettingsOn } from "./settings-in-force.ts";
import { dayNumber, daysOfYear, type PersonView, selected, toPerson } from "./views.ts";

/** Calendar years that one rehearsal may touch. */
export const REHEARSAL_YEARS_MAX = 3;
/** People in one answer: a client that shows how far it has come asks for the next ones itself. */
export const REHEARSAL_PEOPLE_MAX = 50;
/** People evaluated between two breaths: other work waits for no more. */
const PEOPLE_AT_ONCE = 5;

export interface Rehearsal {
  settings: SettingsText;
  /** Site dates, both included. */
  from: string;
  to: string;
  unit?: string | undefined;
  /** The last person of the answer before. */
  after?: string | undefined;
  limit: number;
}

export interface ChangedSlot {
  date: string;
  half: "am" | "pm";
  before: SlotStatus;
  after: SlotStatus;
}

export interface ChangedYear {
  year: number;
  /** The counters that differ. */
  counters: { counter: keyof Counters; before: number; after: number }[];
  /** Null when it does not differ. */
  eligibility: { before: LossReason[]; after: LossReason[] } | null;
}

export interface RehearsedPerson extends PersonView {
  slots: ChangedSlot[];
  years: ChangedYear[];
}

export interface RehearsalPage {
  /** Only people of whom something differs. */
  items: RehearsedPerson[];
  /** People evaluated so far, and all. */
  done: number;
  total: number;
  /** To be given as `after`; null: that was all. */
  next: string | null;
}

/**
 * The next people of a rehearsal. Days outside of the range keep the settings in force, and a year's counters count them too, so
 * that eligibility is that of the whole year. Rejects with AppError `bad-request`.
 */
export async function rehearse(desk: AttendanceDesk, rehearsal: Rehearsal): Promise<RehearsalPage> {
  const [first, last] = [dayNumber(rehearsal.from), dayNumber(rehearsal.to)];
  const years = yearsBetween(first, last);
  const everybody = await selected(desk, { unit: rehearsal.unit }, [first, last]);
  const begin = rehearsal.after === undefined ? 0 : everybody.findIndex(({ id }) => id === rehearsal.after) + 1;
  const people = everybody.slice(begin, begin + rehearsal.limit);
  const settingsOn = otherSettings(desk, rehearsal.settings, [first, last]);
  const thresholds = [desk.settings.thresholds, overlay(desk.settings, rehearsal.settings).thresholds] as const;
  const items: RehearsedPerson[] = [];
  for (let at = 0; at < people.length; at += PEOPLE_AT_ONCE) {
    const some = people.slice(at, at + PEOPLE_AT_ONCE);
    const days = years.flatMap(daysOfYear);
    const before = await desk.evaluate(some, days);
    const after = await desk.evaluate(some, days, undefined, settingsOn);
    items.push(...before.map((one, index) => compare(one, after[index] as PersonDays, years, thresholds)));
  }
  const done = begin + people.length;
  return {
    items: items.filter(({ slots, years: changed }) => slots.length > 0 || changed.length > 0),
    done,
    total: everybody.length,
    next: done < everybody.length ? (people.at(-1)?.id ?? null) : null,
  };
}

/** Those in force, and laid over them on the days of the range what is rehearsed. */
function otherSettings(
  desk: AttendanceDesk,
  text: SettingsText,
  [first, last]: readonly [DayNumber, DayNumber],
): SettingsOn {
  const known = new Map<AttendanceSettings, AttendanceSettings>();
  return (day) => {
    const present = desk.settingsOn(day);
    if (day < first || day > last) return present;
    const other = known.get(present) ?? overlay(present, text);
    known.set(present, other);
    return other;
  };
}

function yearsBetween(first: DayNumber, last: DayNumber): number[] {
  const [year, count] = [yearOfDay(first), yearOfDay(last) - yearOfDay(first) + 1];
  if (last < first || count > REHEARSAL_YEARS_MAX)
    throw new AppError("bad-request", `at most ${REHEARSAL_YEARS_MAX} years, from before to`);
  return Array.from({ length: count }, (_, index) => year + index);
}

function compare(
  { person, days: before }: PersonDays,
  { days: after }: PersonDays,
  years: readonly number[],
  thresholds: readonly [Thresholds, Thresholds],
): RehearsedPerson {
  return {
    ...toPerson(person),
    slots: before.flatMap((day, index) => changedSlots(day, after[index] as DayResult)),
    years: years.flatMap((year) => changedYear(year, before, after, thresholds)),
  };
}

function changedSlots(before: DayResult, after: DayResult): ChangedSlot[] {
  return (["am", "pm"] as const)
    .filter((half) => before[half].status !== after[half].status)
    .map((half) => ({ date: dateOfDay(before.day), half, before: before[half].status, after: after[half].status }));
}

function changedYear(
  year: number,
  before: readonly DayResult[],
  after: readonly DayResult[],
  [present, other]: readonly [Thresholds, Thresholds],
): ChangedYear[] {
  const [was, is] = [countYear(before, year), countYear(after, year)];
  const counters = (Object.keys(was) as (keyof Counters)[])
    .filter((counter) => was[counter] !== is[counter])
    .map((counter) => ({ counter, before: was[counter], after: is[counter] }));
  const lost = judgeEligibility(was, present).reasons;
  const wouldBeLost = judgeEligibility(is, other).reasons;
  const isSame = lost.join() === wouldBeLost.join();
  if (counters.length === 0 && isSame) return [];
  return [{ year, counters, eligibility: isSame ? null : { before: lost, after: wouldBeLost } }];
}
