/**
 * Punches sifted: duplicates, punches of others and impossible times are kept aside and counted; what remains is laid to
 * its day, the earliest arrival and the latest departure of each. In/out keys are ignored (KQ 1(一), first in, last out).
 */
import type { Half, Punch } from "./facts.ts";
import type { AttendanceSettings } from "./settings.ts";
import { DAY_SECONDS, type DayNumber, type SiteTime } from "./site-time.ts";

export interface JudgedPunch {
  id: string;
  /** Of the officer's decision about its time. */
  decision?: string | undefined;
  at: number;
  /** Seconds from the midnight of the day that it counts for; above 86,400 after the next midnight. */
  seconds: number;
}

export interface DayPunches {
  am?: JudgedPunch;
  pm?: JudgedPunch;
}

export interface Sifted {
  days: Map<DayNumber, DayPunches>;
  quarantined: number;
  unmatched: number;
  duplicates: number;
}

export interface SiftContext {
  settings: AttendanceSettings;
  time: SiteTime;
  /** Only what was received by then exists. */
  asOf: number;
  /** Device times before it are a fault of the clock. */
  systemStart: number;
}

export function siftPunches(punches: readonly Punch[], context: SiftContext): Sifted {
  const sifted: Sifted = { days: new Map(), quarantined: 0, unmatched: 0, duplicates: 0 };
  const seen = new Set<string>();
  for (const punch of punches) {
    if (punch.receivedAt > context.asOf) continue;
    const identity = `${punch.at}|${punch.device}|${punch.pin ?? ""}`;
    if (seen.has(identity)) sifted.duplicates++;
    else if (seen.add(identity) && isImpossible(punch, context)) sifted.quarantined++;
    else if (punch.pin !== undefined) sifted.unmatched++;
    else layToDay(sifted.days, punch, context);
  }
  return sifted;
}

/** A clock that lost its time, or runs ahead of the moment at which its punch arrived. */
export function isImpossible(punch: Punch, { settings, systemStart }: SiftContext): boolean {
  return punch.at < systemStart || punch.at > punch.receivedAt + settings.futureToleranceSeconds * 1000;
}

function layToDay(days: Map<DayNumber, DayPunches>, punch: Punch, { settings, time }: SiftContext): void {
  const localSeconds = Math.floor(time.localMs(punch.at) / 1000);
  const day = Math.floor((localSeconds - settings.dayStart) / DAY_SECONDS);
  const seconds = localSeconds - day * DAY_SECONDS;
  const half: Half = seconds < settings.splitTime ? "am" : "pm";
  if (!settings.acceptOutsideWindow && isOutsideWindow(half, seconds, settings)) return;
  const judged: JudgedPunch = { id: punch.id, decision: punch.decision, at: punch.at, seconds };
  const entry = days.get(day);
  if (entry === undefined) days.set(day, { [half]: judged });
  else if (isBetter(half, judged, entry[half])) entry[half] = judged;
}

/** Before the arrival window, or after the departure window. Late and early are inside: they have their own rule. */
export function isOutsideWindow(half: Half, seconds: number, settings: AttendanceSettings): boolean {
  return half === "am" ? seconds < settings.arrivalWindow[0] : seconds > settings.departureWindow[1];
}

/** The earliest arrival, the latest departure; among equals the lesser id, so that order never matters. */
function isBetter(half: Half, candidate: JudgedPunch, present: JudgedPunch | undefined): boolean {
  if (present === undefined) return true;
  if (candidate.at === present.at) return candidate.id < present.id;
  return half === "am" ? candidate.at < present.at : candidate.at > present.at;
}
