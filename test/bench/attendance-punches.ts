/** A year of one person's punches with noise, from a seed: what the attendance bench evaluates. */
import type { Punch, Workdays } from "../../collector/attendance/facts.ts";
import { dayOfDate, type SiteTime, weekdayOfDay } from "../../collector/attendance/site-time.ts";
import { seededRandom } from "../../protocol/seeded-random.ts";

const FIRST = dayOfDate("2026-01-01") as number;
const LAST = dayOfDate("2026-12-31") as number;
export const YEAR = Array.from({ length: LAST - FIRST + 1 }, (_, index) => FIRST + index);
/** One in twenty is read twice. */
const REPEAT_SHARE = 0.05;
const RECEIVED_AFTER_MS = 300;

/** Hours from which on a punch is made, and the hours that it is spread over. The two of noon do not matter. */
const HABITS = [
  [8.4, 0.7],
  [12, 0.3],
  [13.3, 0.5],
  [16.95, 0.6],
] as const;

export const workdays: Workdays = (day) => ([0, 6].includes(weekdayOfDay(day)) ? "restday" : "workday");

/** The same for the same `person`, a number from 0. */
export function punchesOf(person: number, time: SiteTime): Punch[] {
  const random = seededRandom(person + 1);
  const punches: Punch[] = [];
  for (const day of YEAR) {
    if (workdays(day) === "restday") continue;
    for (const [from, spread] of HABITS) {
      const at = time.instant(day, Math.floor((from + random() * spread) * 3600));
      const punch = { id: `${person}-${punches.length}`, at, device: "C1", receivedAt: at + RECEIVED_AFTER_MS };
      punches.push(punch);
      if (random() < REPEAT_SHARE) punches.push({ ...punch, id: `${punch.id}r` });
    }
  }
  return punches;
}
