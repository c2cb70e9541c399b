/** Waiting times between attempts: exponential with full jitter, so that ten thousand PCs do not come back in step. */
import type { Random } from "../time.ts";

export interface BackoffOptions {
  /** Upper bound of the first wait, ms. Default 1,000. */
  firstMs?: number;
  /** Upper bound of every wait, ms. Default 120,000. */
  mostMs?: number;
  random: Random;
}

/** An endless series of waits in ms: each uniformly between a tenth of its bound and its bound, the bound doubling. */
export function* backoff({ firstMs = 1000, mostMs = 120_000, random }: BackoffOptions): Generator<number, never> {
  for (let bound = firstMs; ; bound = Math.min(bound * 2, mostMs)) {
    yield Math.round(bound * (0.1 + 0.9 * random()));
  }
}
