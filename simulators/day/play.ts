/**
 * Plays a script at a chosen speed. Only the pauses are compressed: every record and every punch carries the time at which it
 * really happens, because simulated sources do not lie to the centre about time.
 */
import type { Clock } from "../../protocol/time.ts";
import { DAY_END, DAY_START, type DayEvent } from "./script.ts";

const MINUTE_MS = 60_000;

export interface Player {
  act(event: DayEvent): Promise<void>;
  /** An event that failed is told and does not end the day. */
  failed(event: DayEvent, error: unknown): void;
}

export interface PlayOptions {
  /** Simulated minutes that pass in a real one; 60 plays the day in ten minutes. */
  speed: number;
  /** Resolves when the day is to be broken off. */
  stopped: Promise<void>;
}

/** Resolves after the last event, or when it is broken off; true when the whole day was played. */
export async function playDay(
  events: readonly DayEvent[],
  player: Player,
  { speed, stopped }: PlayOptions,
  clock: Clock,
): Promise<boolean> {
  const startAt = clock.monotonic();
  const underWay: Promise<void>[] = [];
  let broken = false;
  void stopped.then(() => {
    broken = true;
  });
  for (const event of events) {
    const at = startAt + ((event.minute - DAY_START) * MINUTE_MS) / speed;
    const { over, cancel } = wait(at - clock.monotonic(), clock);
    await Promise.race([over, stopped]);
    // Or the process would live on until then.
    cancel();
    if (broken) break;
    // Not awaited: a PC that is slow to start holds up nobody else's morning.
    underWay.push(player.act(event).catch((error: unknown) => player.failed(event, error)));
  }
  await Promise.all(underWay);
  return !broken;
}

/** How long the day takes, ms. */
export function dayLengthMs(speed: number): number {
  return ((DAY_END - DAY_START) * MINUTE_MS) / speed;
}

function wait(ms: number, clock: Clock): { over: Promise<void>; cancel: () => void } {
  let cancel = () => {};
  const over = new Promise<void>((resolve) => {
    cancel = clock.after(Math.max(0, ms), resolve);
  });
  return { over, cancel };
}
