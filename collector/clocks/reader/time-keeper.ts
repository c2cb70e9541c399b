/** Measures a clock's time, raises the alarm, and sets it with read-back. */
import { isAppError } from "../../../protocol/errors.ts";
import type { Log } from "../../../protocol/log.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { ClockDriver } from "../drivers/driver.ts";
import type { Naps } from "./naps.ts";
import type { Quiet } from "./quiet.ts";
import type { Recorder } from "./recorder.ts";
import { nextSecond, OFFSET_AFTER_SET_MS, OFFSET_ALARM_MS, offsetOf, shouldSet } from "./time-keeping.ts";

export interface TimeKeeperDeps {
  driver: ClockDriver;
  clock: Clock;
  log: Log;
  quiet: Quiet;
  naps: Naps;
  recorder: Recorder;
}

export class TimeKeeper {
  readonly #zone: string;
  readonly #setsTime: boolean;
  readonly #deps: TimeKeeperDeps;
  /** Not yet acted upon. */
  #measured: number | undefined;
  #lastRefusedAt: number | undefined;
  #alarmed = false;

  constructor({ zone, setsTime }: { zone: string; setsTime: boolean }, deps: TimeKeeperDeps) {
    this.#zone = zone;
    this.#setsTime = setsTime;
    this.#deps = deps;
  }

  /** Measures, and raises the alarm. */
  async measure(): Promise<void> {
    this.#measured = await this.#measure();
    if (this.#measured !== undefined) await this.#alarm(this.#measured);
  }

  /** Sets the clock when it was wrong at the last `measure` and now is a good time. */
  async correct(): Promise<void> {
    const offsetMs = this.#measured;
    this.#measured = undefined;
    if (offsetMs === undefined) return;
    const { clock, quiet } = this.#deps;
    const { lastPunchAt } = quiet;
    const question = { offsetMs, now: clock.now(), zone: this.#zone, lastPunchAt, lastRefusedAt: this.#lastRefusedAt };
    if (this.#setsTime && shouldSet(question)) await this.#set(offsetMs);
  }

  async #measure(): Promise<number | undefined> {
    const offsetMs = offsetOf(await this.#deps.driver.readTime(), this.#zone);
    if (offsetMs !== undefined) this.#deps.recorder.offsetMs = offsetMs;
    return offsetMs;
  }

  /** Once for each time that the clock goes astray. */
  async #alarm(offsetMs: number): Promise<void> {
    const wrong = Math.abs(offsetMs) >= OFFSET_ALARM_MS;
    if (wrong && !this.#alarmed) {
      const { log, recorder } = this.#deps;
      log.warn({ clock: recorder.clock, offsetMs }, "the clock is wrong");
      await recorder.event({ event: "state", offsetBeforeMs: offsetMs, reason: "clock-wrong" });
    }
    this.#alarmed = wrong;
  }

  /** The code with which the clock did not take it. */
  async #tell(local: string): Promise<string | undefined> {
    try {
      await this.#deps.driver.setTime(local);
      return undefined;
    } catch (error) {
      if (isAppError(error) && error.code !== "line-lost") return error.code;
      throw error;
    }
  }

  async #set(offsetBeforeMs: number): Promise<void> {
    const { clock, naps, recorder } = this.#deps;
    const { waitMs, local } = nextSecond(clock.now(), this.#zone);
    await naps.sleep(waitMs);
    if (naps.areOver) return;
    const refusal = await this.#tell(local);
    // Whatever the clock answered: what counts is what it shows.
    const offsetAfterMs = await this.#measure();
    const agrees = offsetAfterMs !== undefined && Math.abs(offsetAfterMs) <= OFFSET_AFTER_SET_MS;
    this.#lastRefusedAt = agrees ? undefined : clock.now();
    this.#alarmed &&= !agrees;
    await recorder.event({
      event: agrees ? "time-set" : "time-refused",
      offsetBeforeMs,
      ...(offsetAfterMs === undefined ? {} : { offsetAfterMs }),
      ...(refusal === undefined ? {} : { reason: refusal }),
    });
  }
}
