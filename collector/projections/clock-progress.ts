/**
 * How far a clock has been read, from what its reader tells of it. A reader tells `online` before it has read the log, and `lost`
 * only after some polls without an answer, so neither says that everything punched by then has come.
 */
import type { ClockBody } from "../../protocol/messages/records/clock-events.ts";

/** A clock is called lost after so long without an answer at the most: three polls a minute apart, each tried several times. */
export const LOSS_UNNOTICED_MS = 5 * 60_000;
/** The longest log takes so long over the slowest line; a clock that is still there then has been read. */
export const LOG_READ_MS_MAX = 30 * 60_000;
/** A reader tells of each of its clocks once an hour; one that nothing was heard of for longer is not known to be there. */
export const HEARTBEAT_MS_MAX = 65 * 60_000;

/** Instants are ms UTC. */
export interface ClockProgress {
  /** When the clock was last spoken of, other than as lost. */
  heardAt: number | null;
  /** All that was punched before it has come; null: nothing is known. */
  readTo: number | null;
  /** Its log has not been read since then: it is being read (`reading`), or could not be read whole. */
  behind: { since: number; why: "reading" | "incomplete" } | null;
}

export const NOT_HEARD: ClockProgress = { heardAt: null, readTo: null, behind: null };

/** The progress after a `clock` record that was made at `at`. */
export function progressAfter(
  before: ClockProgress,
  { event, reason, family }: Pick<ClockBody, "event" | "reason" | "family">,
  at: number,
): ClockProgress {
  if (event === "lost") return { ...before, readTo: isBehind(before, at) ? before.readTo : readToLoss(before, at) };
  const heard = { ...before, heardAt: at };
  // A module keeps no log that could be behind.
  if (event === "online") return { ...heard, behind: family === "ef01" ? null : { since: at, why: "reading" } };
  if (event === "state" && reason !== undefined && reason !== CLOCK_WRONG)
    return { ...heard, behind: { since: before.behind?.since ?? at, why: "incomplete" } };
  // Its time is looked at before its log.
  if (!isReport(event) || reason === CLOCK_WRONG) return heard;
  return { heardAt: at, readTo: at, behind: null };
}

/** Whether the clock's log holds what has not come. */
export function isBehind({ behind }: ClockProgress, now: number): boolean {
  if (behind === null) return false;
  return behind.why === "incomplete" || now - behind.since < LOG_READ_MS_MAX;
}

/** The reason of a `state` that speaks of the clock's time and not of its log. */
const CLOCK_WRONG = "clock-wrong";

/** What a reader tells after it has read the log. */
function isReport(event: ClockBody["event"]): boolean {
  return event === "state" || event === "log-read" || event === "memory-low";
}

function readToLoss({ heardAt, readTo }: ClockProgress, lostAt: number): number | null {
  const wasThere = heardAt !== null && lostAt - heardAt <= HEARTBEAT_MS_MAX;
  return wasThere ? Math.max(readTo ?? 0, lostAt - LOSS_UNNOTICED_MS) : readTo;
}
