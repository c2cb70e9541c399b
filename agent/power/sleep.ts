/** Sleep seen from inside: clocks that stand still while the machine sleeps beside one that runs on. Pure. */

export interface ClockReading {
  /** Wall clock, ms since 1970 UTC. */
  wallMs: number;
  /** Stands still during sleep on Linux; runs on on Windows. */
  monotonicMs: number;
  /** Uptime with sleep counted (Linux CLOCK_BOOTTIME, Windows tick count). */
  bootMs: number;
}

export interface Sleep {
  fellAsleepMs: number;
  wokeMs: number;
}

/** Time between two readings. */
export const READING_EVERY_MS = 30_000;
/** Uptime is told in whole or hundredth seconds and read apart from the other clock. */
const SLEEP_MIN_MS = 5_000;
/** Where no clock stands still, a reading that comes so late was slept through. */
const LATE_MIN_MS = 60_000;

/** Undefined: awake all the time. A step of the wall clock is no sleep, for neither of the other clocks shows it. */
export function sleepBetween(before: ClockReading, now: ClockReading): Sleep | undefined {
  const awakeMs = now.monotonicMs - before.monotonicMs;
  const passedMs = now.bootMs - before.bootMs;
  const sleptMs = passedMs - awakeMs;
  // The timer had run for `awakeMs` when it fired, part of that before the sleep: the times are right to READING_EVERY_MS.
  if (sleptMs >= SLEEP_MIN_MS) return { fellAsleepMs: now.wallMs - sleptMs, wokeMs: now.wallMs };
  const lateMs = awakeMs - READING_EVERY_MS;
  if (lateMs >= LATE_MIN_MS) return { fellAsleepMs: now.wallMs - lateMs, wokeMs: now.wallMs };
  return undefined;
}
