/** Instants as days and seconds of the site's zone, fast enough for a year of punches and blind to the zone of this process. */
import { formatLocal, instantOfLocal, localOfInstant, msOfLocal } from "../../protocol/clock/local-time.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
export const DAY_SECONDS = 86_400;

/** Offsets remembered, one an hour: about a year and a half. */
const OFFSETS_MAX = 16_384;

/** A day as the number of days since 1970-01-01 in the site's zone. */
export type DayNumber = number;

/** `YYYY-MM-DD` -> day number; undefined for a date that no calendar has. */
export function dayOfDate(date: string): DayNumber | undefined {
  const ms = msOfLocal(`${date}T00:00:00`);
  return ms === undefined ? undefined : ms / DAY_MS;
}

export function dateOfDay(day: DayNumber): string {
  return formatLocal(day * DAY_MS).slice(0, 10);
}

export function yearOfDay(day: DayNumber): number {
  return new Date(day * DAY_MS).getUTCFullYear();
}

/** 0 = Sunday ... 6 = Saturday. */
export function weekdayOfDay(day: DayNumber): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** `HH:mm:ss` -> seconds of the day; undefined for anything else. */
export function secondsOfTime(time: string): number | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)$/.exec(time);
  return match ? Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]) : undefined;
}

export function formatTime(seconds: number): string {
  return formatLocal(seconds * 1000).slice(11);
}

export interface SiteTime {
  readonly zone: string;
  /** The site's wall clock at that instant, as ms since 1970-01-01T00:00 local. */
  localMs(instant: number): number;
  /**
   * The instant of a wall-clock time: a day and seconds from its midnight (which may reach into the next days). A time that
   * comes twice is the first of the two, one that never comes what it would have been before the clocks were put forward.
   */
  instant(day: DayNumber, seconds: number): number;
}

/** Site time in an IANA zone; throws RangeError for a zone that does not exist. */
export function siteTime(zone: string): SiteTime {
  const offsets = new Map<number, number>();
  function offsetAt(instant: number): number {
    const hour = Math.floor(instant / HOUR_MS);
    const known = offsets.get(hour);
    if (known !== undefined) return known;
    if (offsets.size >= OFFSETS_MAX) offsets.clear();
    const start = hour * HOUR_MS;
    const offset = (msOfLocal(localOfInstant(start, zone)) ?? start) - start;
    offsets.set(hour, offset);
    return offset;
  }
  offsetAt(0);
  return {
    zone,
    localMs: (instant) => instant + offsetAt(instant),
    instant(day, seconds) {
      const local = day * DAY_MS + seconds * 1000;
      const ahead = offsetAt(local - DAY_MS);
      if (offsetAt(local + DAY_MS) === ahead) return local - ahead;
      return instantOfLocal(formatLocal(local), zone) ?? local - ahead;
    },
  };
}
