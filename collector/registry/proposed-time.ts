/** When a punch of a clock that showed an impossible time was likely made, from what was measured of that clock. Pure. */
import type { TimeBasis } from "./punch-decisions.ts";

export interface DoubtfulTime {
  /** Id of its record. */
  id: number;
  /** What the clock showed, as an instant, ms UTC; undefined when no calendar has it. */
  shownAt: number | undefined;
  /** When the reader had it. */
  readAt: number;
  via: "live" | "log";
}

/** How wrong the clock was, as a reader measured it before it touched it. */
export interface Measurement {
  /** Id of its record. */
  record: number;
  at: number;
  /** Clock minus reader, ms. */
  offsetMs: number;
}

export interface ProposedTime {
  at: number;
  basis: Exclude<TimeBasis, "officer">;
  /** The measurement's record; null when the moment of receipt is proposed. */
  measured: number | null;
}

/** Two clocks show whole seconds, and an answer takes its time. */
const SLACK_MS = 5_000;
/** A clock that nobody has read for longer may have lost its time more than once. */
export const UNSEEN_MS_MAX = 31 * 24 * 60 * 60 * 1000;
/** A push arrives at once; a measurement that says otherwise is not of the time at which this punch was made. */
const LIVE_MS_MAX = 60_000;

/**
 * The punch was made while the clock was as wrong as it was measured next, so between two measurements, of which the second
 * tells the error. Without such a pair a pushed punch was made when it arrived; of one from the log nothing can be said.
 * `measurements`: of its clock, in the order of time.
 */
export function proposeTime(punch: DoubtfulTime, measurements: readonly Measurement[]): ProposedTime | undefined {
  const byOffset = punch.shownAt === undefined ? undefined : correctedTime(punch, punch.shownAt, measurements);
  if (byOffset && (punch.via === "log" || punch.readAt - byOffset.at <= LIVE_MS_MAX)) return byOffset;
  return punch.via === "live" ? { at: punch.readAt, basis: "received", measured: null } : undefined;
}

/** Of several the latest: each poll reads the log, so what is read now was made since the last one. */
function correctedTime(
  { readAt }: DoubtfulTime,
  shownAt: number,
  measurements: readonly Measurement[],
): ProposedTime | undefined {
  let found: ProposedTime | undefined;
  let before: number | undefined;
  for (const { record, at, offsetMs } of measurements) {
    const made = shownAt - offsetMs;
    const isSince = made >= (before ?? at - UNSEEN_MS_MAX) - SLACK_MS;
    if (isSince && made <= Math.min(at, readAt) + SLACK_MS) found = { at: made, basis: "offset", measured: record };
    before = at;
  }
  return found;
}
