/** People at a clock: punches at random moments from a seed, as long as it runs. */
import type { Clock, Random } from "../../protocol/time.ts";

/** Nobody punches faster than a finger can be laid on. */
const PAUSE_MS_MIN = 50;

/** Whatever people can punch at. */
export interface Crowded<Result> {
  state: { users: Iterable<number> };
  punch(punch: { user: number; type?: number }): Result;
}

export interface CrowdOptions<Result> {
  /** Mean time between punches, ms. */
  everyMs: number;
  /** In/out key by moment (ms since 1970); all in if not said. */
  typeAt?: (now: number) => number;
  onPunch?: (result: Result, user: number) => void;
}

/** Lets the clock's users punch until the returned function is called. */
export function startCrowd<Result>(
  device: Crowded<Result>,
  options: CrowdOptions<Result>,
  deps: { clock: Clock; random: Random },
): () => void {
  const users = [...device.state.users];
  let cancel = () => {};
  const punch = (user: number) => {
    const result = device.punch({ user, type: options.typeAt?.(deps.clock.now()) ?? 0 });
    options.onPunch?.(result, user);
  };
  const wait = () => {
    const pauseMs = -Math.log(1 - deps.random()) * options.everyMs;
    cancel = deps.clock.after(Math.max(PAUSE_MS_MIN, pauseMs), () => {
      const user = users[Math.floor(deps.random() * users.length)];
      if (user !== undefined) punch(user);
      wait();
    });
  };
  wait();
  return () => cancel();
}
