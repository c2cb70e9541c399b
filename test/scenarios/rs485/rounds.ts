/** Polling rounds, from the log of what was asked. */

/** How long each round took in which every one of `devices` was asked at least once, ms. Moments are monotonic ms. */
export function polledRounds(
  asked: readonly { device: number; at: number }[],
  devices: readonly number[],
  from: number,
  until: number,
): number[] {
  const rounds: number[] = [];
  let startAt = from;
  let waiting = new Set(devices);
  for (const { device, at } of asked) {
    if (at < from || at > until) continue;
    waiting.delete(device);
    if (waiting.size > 0) continue;
    rounds.push(at - startAt);
    startAt = at;
    waiting = new Set(devices);
  }
  return rounds;
}
