/** Writes what one clock did and said into the sink. */
import { AppError, isAppError } from "../../../protocol/errors.ts";
import { formatInstant } from "../../../protocol/time.ts";
import type { ClockIdentity, DevicePunch } from "../drivers/driver.ts";
import { type ClockEvent, type ClockFace, clockRecord } from "./clock-record.ts";
import type { ReaderCounters, ReaderDeps, ReaderOptions } from "./options.ts";
import { type PunchReading, punchRecord } from "./punch-record.ts";

export type RecorderOptions = Pick<ReaderOptions, "name" | "zone" | "installedOn">;
export type RecorderDeps = Pick<ReaderDeps, "sink" | "clock" | "log"> & { driver: ClockFace };

export class Recorder {
  readonly clock: string;
  readonly identity: ClockIdentity;
  /** Device clock minus reader clock at the last measurement. */
  offsetMs: number | null = null;
  readonly #options: RecorderOptions;
  readonly #deps: RecorderDeps;
  readonly #counters: ReaderCounters;

  constructor(identity: ClockIdentity, options: RecorderOptions, deps: RecorderDeps, counters: ReaderCounters) {
    // A clock without a number keeps its identity as long as people call it the same.
    this.clock = identity.serial ?? `unnumbered-${options.name}`;
    this.identity = identity;
    this.#options = options;
    this.#deps = deps;
    this.#counters = counters;
  }

  /** Resolves with the journal's number of the record. */
  async punch(punch: DevicePunch, reading: PunchReading): Promise<number> {
    const { zone, installedOn } = this.#options;
    const context = { clock: this.clock, device: this.#deps.driver.device, zone, installedOn, offsetMs: this.offsetMs };
    const record = punchRecord(punch, reading, context);
    const number = await this.#deps.sink.append(record);
    if (reading.via === "live") this.#counters.live += 1;
    else this.#counters.fromLog += 1;
    if (record.kind === "punch" && record.body.doubt) this.#counters.doubtful += 1;
    return number;
  }

  /** The clock's log lost its past: what was punched between the last read and the clearing cannot be known. */
  async gap(): Promise<void> {
    await this.#append({
      kind: "gap",
      at: formatInstant(this.#deps.clock.now()),
      body: { reason: "clock-log-cleared", subject: this.clock },
    });
  }

  async event(event: ClockEvent): Promise<void> {
    const at = this.#deps.clock.now();
    const { driver } = this.#deps;
    await this.#append(clockRecord(event, { clock: this.clock, driver, at, reconnects: this.#counters.reconnects }));
  }

  /** News about a clock is not worth stopping its punches for. */
  async #append(record: Parameters<ReaderDeps["sink"]["append"]>[0]): Promise<void> {
    try {
      await this.#deps.sink.append(record);
    } catch (error) {
      if (!isAppError(error)) throw new AppError("sink-failed", "the journal failed", { cause: error });
      this.#deps.log.error({ clock: this.clock, kind: record.kind, code: error.code }, "record not kept");
    }
  }
}
