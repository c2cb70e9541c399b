/** Waiting times between attempts to reach a clock. */
import type { Random } from "../../../protocol/time.ts";

const FIRST_MS = 1_000;
/** A cable that is plugged in again is noticed within this. */
export const BACK_OFF_MS_MAX = 15_000;
/** Where others wait for the line while a clock is silent, a clock that is switched on again is noticed within this. */
export const BACK_OFF_MS_MAX_SHARED = 60_000;

/** Doubling from 1 s, each time between half and the whole of it, so that clocks of one hub do not move in step. */
export function* backOff(random: Random, mostMs = BACK_OFF_MS_MAX): Generator<number, never> {
  for (let most = FIRST_MS; ; most = Math.min(mostMs, most * 2)) {
    yield Math.round(most * (0.5 + random() / 2));
  }
}
