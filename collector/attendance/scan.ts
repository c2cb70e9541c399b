/** WG 18: every two days a virus scan, counted in working days and judged late in the afternoon. */
import type { Workdays } from "./facts.ts";
import type { AttendanceSettings } from "./settings.ts";
import { DAY_SECONDS, type DayNumber, type SiteTime } from "./site-time.ts";

export type ScanStatus = "compliant" | "due" | "violation" | "rest" | "unknown";

const LOOKBACK_DAYS_MAX = 400;

/** Judges one PC on one day by its completed scans (instants, ms UTC) known by `asOf`. */
export function judgeScans(
  day: DayNumber,
  completedScans: readonly number[],
  asOf: number,
  { settings, time, workdays }: { settings: AttendanceSettings; time: SiteTime; workdays: Workdays },
): ScanStatus {
  const type = workdays(day);
  if (type === undefined) return "unknown";
  if (type === "restday") return "rest";
  const since = firstDay(day, settings.scanEveryWorkdays, workdays);
  if (since === undefined) return "unknown";
  const isScanned = completedScans.some((at) => at <= asOf && isWithin(at, since, day, time));
  if (isScanned) return "compliant";
  return asOf < time.instant(day, settings.scanJudgedAt) ? "due" : "violation";
}

/** The first of the `count` working days that end with `day`; undefined when the calendar does not reach back. */
function firstDay(day: DayNumber, count: number, workdays: Workdays): DayNumber | undefined {
  let left = count - 1;
  let first = day;
  for (let back = day - 1; left > 0; back--) {
    const type = workdays(back);
    if (type === undefined || back < day - LOOKBACK_DAYS_MAX) return undefined;
    if (type === "workday") {
      first = back;
      left--;
    }
  }
  return first;
}

function isWithin(at: number, since: DayNumber, day: DayNumber, time: SiteTime): boolean {
  const scanned = Math.floor(time.localMs(at) / 1000 / DAY_SECONDS);
  return scanned >= since && scanned <= day;
}
