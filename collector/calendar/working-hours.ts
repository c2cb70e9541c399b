/** Working hours of the site: how much working time lies between two instants, and when so much will have passed. */
import { dateOfDay, dayOfDate, type SiteTime, secondsOfTime, siteTime } from "../attendance/site-time.ts";
import { addDays, type Calendar } from "./calendar.ts";

/** A span of time, ms UTC: `from` included, `to` not. */
export interface Span {
  from: number;
  to: number;
}

/** Days looked at for working time; beyond it the question is not answered. */
export const WORKING_DAYS_SEARCHED_MAX = 400;

export class WorkingHours {
  readonly calendar: Calendar;
  readonly #time: SiteTime;
  readonly #start: number;
  readonly #end: number;

  /** `start` and `end` are `HH:MM` of the site's day. Throws RangeError for a zone that does not exist. */
  constructor(calendar: Calendar, { zone, start, end }: { zone: string; start: string; end: string }) {
    this.calendar = calendar;
    this.#time = siteTime(zone);
    this.#start = secondsOf(start);
    this.#end = secondsOf(end);
  }

  /** The site's date at an instant. */
  dayAt(instant: number): string {
    return dateOfDay(Math.floor(this.#time.localMs(instant) / 86_400_000));
  }

  /** The instant of `HH:MM` on a date of the site. */
  at(day: string, time: string): number {
    return this.#time.instant(dayOfDate(day) as number, secondsOf(time));
  }

  /** The working hours of a date; undefined when it is unknown whether the date is worked, null when it is not. */
  spanOf(day: string): Span | null | undefined {
    const works = this.calendar.isWorkingDay(day);
    if (works === undefined) return undefined;
    const number = dayOfDate(day) as number;
    return works ? { from: this.#time.instant(number, this.#start), to: this.#time.instant(number, this.#end) } : null;
  }

  /** Working ms in `span`, the `without` spans not counted. Undefined when a day is unknown or the span too long. */
  workingMs(span: Span, without: readonly Span[] = []): number | undefined {
    let total = 0;
    const last = this.dayAt(span.to);
    let day = this.dayAt(span.from);
    for (let searched = 0; day <= last; searched++, day = addDays(day, 1)) {
      const work = this.spanOf(day);
      if (work === undefined || searched > WORKING_DAYS_SEARCHED_MAX) return undefined;
      if (work) total += lengthWithout(intersection(work, span), without);
    }
    return total;
  }

  /** The instant at which `ms` of working time have passed since `from`; undefined when the calendar does not reach. */
  afterWorkingMs(from: number, ms: number, without: readonly Span[] = []): number | undefined {
    let left = ms;
    let day = this.dayAt(from);
    for (let searched = 0; searched <= WORKING_DAYS_SEARCHED_MAX; searched++, day = addDays(day, 1)) {
      const work = this.spanOf(day);
      if (work === undefined) return undefined;
      if (!work) continue;
      for (const piece of cut({ from: Math.max(work.from, from), to: work.to }, without)) {
        if (piece.to - piece.from >= left) return piece.from + left;
        left -= piece.to - piece.from;
      }
    }
    return undefined;
  }
}

function secondsOf(time: string): number {
  const seconds = secondsOfTime(`${time}:00`);
  if (seconds === undefined) throw new RangeError(`${time} is no time HH:MM`);
  return seconds;
}

function intersection(one: Span, other: Span): Span {
  return { from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) };
}

function lengthWithout(span: Span, without: readonly Span[]): number {
  return cut(span, without).reduce((total, { from, to }) => total + to - from, 0);
}

/** What of `span` lies in none of the spans `without`, in order. */
function cut(span: Span, without: readonly Span[]): Span[] {
  let rest = span.to > span.from ? [span] : [];
  for (const hole of without) {
    rest = rest
      .flatMap(({ from, to }) => [
        { from, to: Math.min(to, hole.from) },
        { from: Math.max(from, hole.to), to },
      ])
      .filter(({ from, to }) => to > from);
  }
  return rest;
}
