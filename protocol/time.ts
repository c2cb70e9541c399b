/** Time as a dependency: what rooms may ask of the world; tests pass a virtual one. */
export interface Clock {
  /** Wall clock, ms since 1970-01-01 UTC. */
  now(): number;
  /** Monotonic ms; only differences mean anything. */
  monotonic(): number;
  /** Runs `callback` once after `ms`; the returned function cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** A uniformly distributed number in [0, 1), like Math.random. */
export type Random = () => number;

/** RFC 3339, UTC, milliseconds, as the contract wants it. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString();
}
