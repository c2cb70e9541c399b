/** Timers that are on time to a fraction of a millisecond: pacing at 115200 baud would drown in a timer's lateness. */
import type { Clock } from "../../protocol/time.ts";

/** Node's timers are late by up to about this much; the rest is waited out turn by turn of the event loop. */
const TIMER_LATENESS_MS = 2;

/** An `after` like `clock.after` that spends the last two milliseconds of a wait looking at the clock. */
export function preciseAfter(clock: Clock): Clock["after"] {
  return (ms, callback) => {
    const due = clock.monotonic() + ms;
    let immediate: NodeJS.Immediate | undefined;
    const look = () => {
      if (clock.monotonic() >= due) callback();
      else immediate = setImmediate(look);
    };
    const cancelTimer = ms > TIMER_LATENESS_MS ? clock.after(ms - TIMER_LATENESS_MS, look) : undefined;
    if (!cancelTimer) immediate = setImmediate(look);
    return () => {
      cancelTimer?.();
      if (immediate) clearImmediate(immediate);
    };
  };
}
