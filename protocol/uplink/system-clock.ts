/** The real time, for composition roots. */
import type { Clock } from "../time.ts";

/** Node fires a timer beyond this at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  // Node's timers count whole milliseconds and can be early by a fraction of one: a deadline that is then not reached
  // yet by `monotonic` would never be looked at again.
  after(ms, callback) {
    const due = performance.now() + ms;
    const arm = () => setTimeout(fire, Math.min(TIMER_MS_MAX, Math.max(1, due - performance.now())));
    const fire = () => {
      if (performance.now() >= due) callback();
      else timer = arm();
    };
    let timer = arm();
    return () => clearTimeout(timer);
  },
};
