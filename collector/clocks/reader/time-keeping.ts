/** How wrong a clock is, and whether now is the time to set it. Pure. */
import { instantOfLocal, localOfInstant } from "../../../protocol/clock/local-time.ts";
import type { TimeReading } from "../drivers/driver.ts";

/** More than this is an alarm. */
export const OFFSET_ALARM_MS = 30_000;
/** Less than this is left alone: a clock that is set too often has no steady evidence. */
export const OFFSET_SET_MS = 5_000;
/** After setting, the clock must agree this well. */
export const OFFSET_AFTER_SET_MS = 2_000;
/** An answer that took longer says too little about the moment it means. */
const ROUND_TRIP_MS_MAX = 4_000;
/** The date and the time of day are separate counters in many devices: they are not written near their carry. */
const MIDNIGHT_MS = 2 * 60 * 1000;
/** People are punching: a small error can wait. */
const QUIET_MS = 10_000;
/** A clock that does not take its time is asked again after this, not at each poll. */
const AGAIN_AFTER_MS = 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** The device shows whole seconds: on average half a second has passed since. */
const HALF_SECOND_MS = 500;

/** Device clock minus reader clock, ms, to about half a second; undefined when the answer took too long or is no time. */
export function offsetOf({ deviceTime, sentAt, receivedAt }: TimeReading, zone: string): number | undefined {
  const shown = instantOfLocal(deviceTime, zone);
  if (shown === undefined || receivedAt - sentAt > ROUND_TRIP_MS_MAX) return undefined;
  return Math.round(shown + HALF_SECOND_MS - (sentAt + receivedAt) / 2);
}

export interface SetQuestion {
  offsetMs: number;
  now: number;
  zone: string;
  /** Of the last live push; undefined: none. */
  lastPunchAt: number | undefined;
  /** Of the last attempt that failed. */
  lastRefusedAt: number | undefined;
}

export function shouldSet({ offsetMs, now, zone, lastPunchAt, lastRefusedAt }: SetQuestion): boolean {
  if (Math.abs(offsetMs) < OFFSET_SET_MS) return false;
  if (lastRefusedAt !== undefined && now - lastRefusedAt < AGAIN_AFTER_MS) return false;
  if (isNearMidnight(now, zone) || isNearMidnight(now + offsetMs, zone)) return false;
  const busy = lastPunchAt !== undefined && now - lastPunchAt < QUIET_MS;
  return !busy || Math.abs(offsetMs) >= OFFSET_ALARM_MS;
}

function isNearMidnight(instant: number, zone: string): boolean {
  const time = Date.parse(`${localOfInstant(instant, zone)}Z`) % DAY_MS;
  return time < MIDNIGHT_MS || time > DAY_MS - MIDNIGHT_MS;
}

/** The next full second, and the time to be set when it comes: the device begins a second when it is set. */
export function nextSecond(now: number, zone: string): { waitMs: number; local: string } {
  const at = Math.ceil((now + 1) / 1000) * 1000;
  return { waitMs: at - now, local: localOfInstant(at, zone) };
}
