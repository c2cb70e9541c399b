/** A clock's own time: local, without a zone, drifting. Held as ms since 1970-01-01 00:00 on the clock's own dial. */
import type { Clock } from "../../protocol/time.ts";

/** Records count seconds from here on the clock's dial (2000-01-02 00:00), whatever the printed documents say. */
export const RECORD_EPOCH_MS = Date.UTC(2000, 0, 2);
const YEAR_BASE = 2000;
const MINUTE_MS = 60_000;

export interface DialOptions {
  /** How far the dial is from UTC where the clock hangs; 480 in China. */
  zoneOffsetMinutes: number;
  /** Parts per million by which the clock runs fast (negative: slow). 100 ppm are 8.6 s a day. */
  driftPpm: number;
  /** By how much the dial is ahead of the true local time at the start. */
  errorMs: number;
}

/** The dial: reads, sets, drifts. */
export class Dial {
  readonly #clock: Clock;
  readonly #rate: number;
  #setTo: number;
  #setAt: number;

  constructor(options: DialOptions, clock: Clock) {
    this.#clock = clock;
    this.#rate = 1 + options.driftPpm / 1e6;
    this.#setTo = clock.now() + options.zoneOffsetMinutes * MINUTE_MS + options.errorMs;
    this.#setAt = clock.monotonic();
  }

  /** What the dial shows, in ms. */
  read(): number {
    return this.#setTo + (this.#clock.monotonic() - this.#setAt) * this.#rate;
  }

  set(dialMs: number): void {
    this.#setTo = dialMs;
    this.#setAt = this.#clock.monotonic();
  }
}

/** `yy mo dd hh mm ss`. */
export function encodeDial(dialMs: number): Uint8Array {
  const date = new Date(dialMs);
  return Uint8Array.of(
    date.getUTCFullYear() - YEAR_BASE,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  );
}

/** The six bytes as a dial position; undefined when they are no date and time. */
export function decodeDial(bytes: Uint8Array): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = bytes;
  const dialMs = Date.UTC(YEAR_BASE + year, month - 1, day, hour, minute, second);
  const isSame = bytes.length === 6 && Buffer.from(encodeDial(dialMs)).equals(bytes);
  return isSame ? dialMs : undefined;
}

/** `2026-11-23T08:59:58`, as the clock's display would say it. */
export function formatDial(dialMs: number): string {
  return new Date(dialMs).toISOString().slice(0, 19);
}

/** Parses what `formatDial` writes; undefined for anything else. */
export function parseDial(text: string): number | undefined {
  const dialMs = Date.parse(`${text}Z`);
  return Number.isFinite(dialMs) && formatDial(dialMs) === text ? dialMs : undefined;
}
