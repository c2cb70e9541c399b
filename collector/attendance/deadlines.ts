/** Deadlines in working days. */
import type { Workdays } from "./facts.ts";
import type { DayNumber } from "./site-time.ts";

/** No run of rest days is longer; a deadline that is not found within is not known. */
const LOOKAHEAD_DAYS_MAX = 400;

/**
 * The first day after the `count`-th working day that follows `day`: at its midnight the time is over.
 * Undefined when a day on the way is in no calendar: then nothing may be final.
 */
export function dayAfterWorkdays(day: DayNumber, count: number, workdays: Workdays): DayNumber | undefined {
  let left = count;
  for (let next = day + 1; next <= day + LOOKAHEAD_DAYS_MAX; next++) {
    if (left === 0) return next;
    const type = workdays(next);
    if (type === undefined) return undefined;
    if (type === "workday") left--;
  }
  return undefined;
}
