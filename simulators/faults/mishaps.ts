/** What befalls a clock as a whole, planned from a seed: pulled cables, power cuts, a clock thrown back to 2000, a full log. */
import type { Clock, Random } from "../../protocol/time.ts";

export const MISHAPS = ["unplug", "power-cut", "clock-reset", "log-full"] as const;
export type Mishap = (typeof MISHAPS)[number];

export interface PlannedMishap {
  atMs: number;
  mishap: Mishap;
  /** How long the cable is out or the power away. */
  forMs: number;
  /** Wait for a frame to be on the wire, so that it is cut in two. */
  midFrame: boolean;
}

const AWAY_MS_MIN = 200;
const AWAY_MS_MAX = 1_500;
const MINUTE_MS = 60_000;
/** A mishap that waits for a frame gives up waiting after this. */
const MID_FRAME_WAIT_MS_MAX = 5_000;
const MID_FRAME_POLL_MS = 2;

/** Draws mishaps at the given mean rates over `spanMs`, in order of time. The same seed gives the same plan. */
export function planMishaps(
  perMinute: Partial<Record<Mishap, number>>,
  spanMs: number,
  random: Random,
): PlannedMishap[] {
  const planned = MISHAPS.flatMap((mishap) =>
    arrivals(perMinute[mishap] ?? 0, spanMs, random).map((atMs) => ({
      atMs,
      mishap,
      forMs: Math.round(AWAY_MS_MIN + random() * (AWAY_MS_MAX - AWAY_MS_MIN)),
      midFrame: random() < 0.5,
    })),
  );
  return planned.sort((a, b) => a.atMs - b.atMs);
}

/** Moments of a Poisson process, in ms. */
function arrivals(perMinute: number, spanMs: number, random: Random): number[] {
  const moments: number[] = [];
  if (perMinute <= 0) return moments;
  let atMs = 0;
  for (;;) {
    atMs += (-Math.log(1 - random()) * MINUTE_MS) / perMinute;
    if (atMs >= spanMs) return moments;
    moments.push(Math.round(atMs));
  }
}

export interface MishapActions {
  /** True while a frame is on the wire. */
  sending(): boolean;
  befall(mishap: Mishap, forMs: number): Promise<void>;
}

/** Carries a plan out, one mishap after the other. The returned function stops it and resolves when none is under way. */
export function runMishaps(plan: readonly PlannedMishap[], clock: Clock, actions: MishapActions): () => Promise<void> {
  const startAt = clock.monotonic();
  let stopped = false;
  let wake = () => {};
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const cancel = clock.after(ms, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });
  const run = async () => {
    for (const { atMs, mishap, forMs, midFrame } of plan) {
      await sleep(Math.max(0, startAt + atMs - clock.monotonic()));
      const giveUpAt = clock.monotonic() + MID_FRAME_WAIT_MS_MAX;
      while (midFrame && !stopped && !actions.sending() && clock.monotonic() < giveUpAt) await sleep(MID_FRAME_POLL_MS);
      if (stopped) return;
      await actions.befall(mishap, forMs);
    }
  };
  const running = run();
  return () => {
    stopped = true;
    wake();
    return running;
  };
}
