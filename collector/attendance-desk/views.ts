/** What people look at: the day by unit, the month as a grid, the year's counters and eligibility. */
import { AppError } from "../../protocol/errors.ts";
import { type Counters, countYear } from "../attendance/counters.ts";
import { judgeEligibility, LOSS_ARTICLES } from "../attendance/eligibility.ts";
import type { EvidenceBook, StaffEntry } from "../attendance/evidence/evidence-book.ts";
import { type DayNumber, dateOfDay, dayOfDate, formatTime, type SiteTime, yearOfDay } from "../attendance/site-time.ts";
import type { DayResult, Slot } from "../attendance/status.ts";
import type { Aside } from "./aside.ts";
import type { AttendanceDesk } from "./desk.ts";
import type { Notice } from "./notices.ts";
import type { CompletenessView } from "./read-completeness.ts";

export interface Selection {
  unit?: string | undefined;
  person?: string | undefined;
  /** ms UTC: only what was known by then. */
  asOf?: number | undefined;
}

export interface SlotView {
  status: Slot["status"];
  /** `HH:mm:ss` of the site, of the punch or record that was judged. */
  time: string | null;
  article: string;
  rule: string;
  evidence: readonly string[];
  outsideWindow: boolean;
}

export interface DayView {
  date: string;
  dayType: DayResult["dayType"];
  am: SlotView;
  pm: SlotView;
}

export interface PersonView {
  person: string;
  name: string;
  unit: string;
  kind: string;
}

export interface DayList {
  date: string;
  units: { unit: string; expected: number; arrived: number; late: number; missing: number; onLeave: number }[];
  people: (PersonView & DayView)[];
  /** Punches of the day from which nothing is concluded. */
  aside: Aside;
  /** As it is now; null as of another moment, of which it is not kept. */
  complete: CompletenessView | null;
  notices: Notice[];
}

/** Everybody's day, by unit how many are expected, there, late, missing, away, and on what the list does not rest. */
export async function dayList(desk: AttendanceDesk, date: string, selection: Selection): Promise<DayList> {
  const day = dayNumber(date);
  const { unit, person, asOf } = selection;
  const people = await selected(desk, selection, [day]);
  const results = await desk.evaluate(people, [day], selection.asOf);
  const rows = results.map(({ person, days: [result] }) => ({
    ...toPerson(person),
    ...toDay(result as DayResult, desk.time),
  }));
  const units = [...new Set(rows.map(({ unit }) => unit))].sort();
  return {
    date,
    units: units.map((unit) => ({ unit, ...tally(rows.filter((row) => row.unit === unit)) })),
    people: rows,
    aside: await desk.aside([day, day], {
      people: unit === undefined && person === undefined ? undefined : people,
      // Somebody's of this unit, perhaps; not one certain person's.
      nobody: person === undefined,
      asOf,
    }),
    complete: asOf === undefined ? await desk.completeness() : null,
    notices: await desk.notices(),
  };
}

const AWAY: readonly string[] = ["sick", "personal", "annual", "official"];

function tally(rows: readonly DayView[]) {
  const due = rows.filter(({ am }) => am.status !== "rest" && am.status !== "na");
  const arrivals = due.map(({ am }) => am.status);
  return {
    expected: due.length,
    arrived: arrivals.filter((status) => ["normal", "late", "meeting"].includes(status)).length,
    late: arrivals.filter((status) => status === "late").length,
    missing: arrivals.filter((status) => ["missing", "absent"].includes(status)).length,
    onLeave: arrivals.filter((status) => AWAY.includes(status)).length,
  };
}

export interface MonthRow extends PersonView {
  days: DayView[];
  counters: Counters;
}

export interface MonthSheet {
  month: string;
  days: { date: string; dayType: DayResult["dayType"] }[];
  /** When the sheet was locked, by unit; its figures are then those of that moment. */
  locked: Record<string, string>;
  rows: MonthRow[];
}

/** Two slots a day for everybody. A locked unit's figures are those known when it was locked. */
export async function monthSheet(desk: AttendanceDesk, month: string, selection: Selection): Promise<MonthSheet> {
  const days = daysOfMonth(month);
  const book = await desk.book(selection.asOf);
  const people = await selected(desk, selection, days);
  const lockedAt = (unit: string) => book.locked.get(`${month}|${unit}`);
  const units = [...new Set(people.map((person) => person.unit))].sort();
  const groups = units.map((unit) => ({
    people: people.filter((person) => person.unit === unit),
    asOf: lockedAt(unit) ?? selection.asOf,
  }));
  const rows = await desk.judge(groups, days, ({ person, days: judged }) => toMonthRow(person, judged, desk.time));
  const locked = units.flatMap((unit) => {
    const at = lockedAt(unit);
    return at === undefined ? [] : [[unit, new Date(at).toISOString()] as const];
  });
  const workdays = desk.workdays(book);
  return {
    month,
    days: days.map((day) => ({ date: dateOfDay(day), dayType: workdays(day) ?? "unknown" })),
    locked: Object.fromEntries(locked),
    rows: rows.flat(),
  };
}

function toMonthRow(person: StaffEntry, judged: DayResult[], time: SiteTime): MonthRow {
  const year = yearOfDay(judged[0]?.day ?? 0);
  return { ...toPerson(person), days: judged.map((day) => toDay(day, time)), counters: countYear(judged, year) };
}

export interface YearRow extends PersonView {
  counters: Counters;
  disqualified: boolean;
  /** Lost already, and near to it. */
  reasons: { reason: string; article: string }[];
  warnings: { reason: string; article: string }[];
  /** Dates and halves that count, with their evidence: what an officer is asked for first. */
  evidence: { date: string; half: "am" | "pm"; status: string; rule: string; evidence: readonly string[] }[];
}

const COUNTING: readonly string[] = ["late", "early", "sick", "personal", "absent"];

/** The year so far and 资格台账: who has lost, who is near, and on what it rests. */
export async function yearTable(desk: AttendanceDesk, year: number, selection: Selection): Promise<YearRow[]> {
  const days = daysOfYear(year);
  const people = await selected(desk, selection, days);
  const { thresholds } = desk.settings;
  const rows = await desk.judge([{ people, asOf: selection.asOf }], days, ({ person, days: judged }) => {
    const counters = countYear(judged, year);
    const { disqualified, reasons, warnings } = judgeEligibility(counters, thresholds);
    const cite = (reason: keyof typeof LOSS_ARTICLES) => ({ reason, article: LOSS_ARTICLES[reason] });
    return {
      ...toPerson(person),
      counters,
      disqualified,
      reasons: reasons.map(cite),
      warnings: warnings.map(cite),
      evidence: judged.flatMap(({ day, am, pm }) =>
        (
          [
            ["am", am],
            ["pm", pm],
          ] as const
        )
          .filter(([, { status }]) => COUNTING.includes(status))
          .map(([half, { status, rule, evidence }]) => ({ date: dateOfDay(day), half, status, rule, evidence })),
      ),
    };
  });
  return rows.flat();
}

/** Those of the register who were there on one of the days, by unit and person. */
export async function selected(
  desk: AttendanceDesk,
  { unit, person, asOf }: Selection,
  days: readonly DayNumber[],
): Promise<StaffEntry[]> {
  const book: EvidenceBook = await desk.book(asOf);
  const [first, last] = [days[0] ?? 0, days.at(-1) ?? 0];
  return [...book.staff.values()]
    .filter((entry) => (unit === undefined || entry.unit === unit) && (person === undefined || entry.id === person))
    .filter((entry) => entry.from <= last && (entry.to === undefined || entry.to >= first))
    .sort((a, b) => (a.unit === b.unit ? (a.id < b.id ? -1 : 1) : a.unit < b.unit ? -1 : 1));
}

export function toPerson({ id, name, unit, kind }: StaffEntry): PersonView {
  return { person: id, name, unit, kind };
}

export function toDay({ day, dayType, am, pm }: DayResult, time: SiteTime): DayView {
  return { date: dateOfDay(day), dayType, am: toSlot(am, time), pm: toSlot(pm, time) };
}

function toSlot({ status, article, rule, evidence, at, outsideWindow }: Slot, time: SiteTime): SlotView {
  const shown = at === undefined ? null : formatTime(Math.floor(time.localMs(at) / 1000) % 86_400);
  return { status, time: shown, article, rule, evidence, outsideWindow: outsideWindow ?? false };
}

export function dayNumber(date: string): DayNumber {
  const day = dayOfDate(date);
  if (day === undefined) throw new AppError("bad-request", `no such date: ${date}`);
  return day;
}

function daysOfMonth(month: string): DayNumber[] {
  const first = dayNumber(`${month}-01`);
  const days = [first];
  while (dateOfDay((days.at(-1) as number) + 1).startsWith(month)) days.push((days.at(-1) as number) + 1);
  return days;
}

export function daysOfYear(year: number): DayNumber[] {
  const [first, last] = [dayNumber(`${year}-01-01`), dayNumber(`${year}-12-31`)];
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
