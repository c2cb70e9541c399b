/** One direction of a line: hands bytes over when their last bit would have arrived. */
import type { Clock } from "../../protocol/time.ts";

/** A UART hands over what its FIFO holds, not each byte; at high rates a timer is coarser than the FIFO. */
const SLICE_BYTES_MIN = 16;
const SLICE_MS_MIN = 4;
/** A device that sends more than the line carries loses the rest. */
const QUEUE_BYTES_MAX = 64 * 1024;

interface Run {
  bytes: Uint8Array;
  /** When its first bit goes out (monotonic ms). */
  startAt: number;
  done: number;
}

export interface LaneDeps {
  clock: Clock;
  preciseAfter?: Clock["after"];
  deliver(bytes: Uint8Array): void;
  /** Tells that the lane is taken from one moment to another (monotonic ms). */
  occupied(from: number, to: number): void;
}

export class Lane {
  sentBytes = 0;
  lostBytes = 0;
  pendingBytes = 0;
  readonly #byteMs: number;
  readonly #deps: LaneDeps;
  #runs: Run[] = [];
  #freeAt = 0;
  #cancel: (() => void) | undefined;

  constructor(byteMs: number, deps: LaneDeps) {
    this.#byteMs = byteMs;
    this.#deps = deps;
  }

  put(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.pendingBytes + bytes.length > QUEUE_BYTES_MAX) {
      this.lostBytes += bytes.length;
      return;
    }
    const startAt = Math.max(this.#deps.clock.monotonic(), this.#freeAt);
    this.#freeAt = startAt + bytes.length * this.#byteMs;
    this.#runs.push({ bytes, startAt, done: 0 });
    this.pendingBytes += bytes.length;
    this.#deps.occupied(startAt, this.#freeAt);
    if (!this.#cancel) this.#wait();
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#runs = [];
    this.pendingBytes = 0;
    this.#freeAt = 0;
  }

  #wait(): void {
    const [run] = this.#runs;
    if (!run) return;
    const sliceBytes = Math.max(SLICE_BYTES_MIN, Math.floor(SLICE_MS_MIN / this.#byteMs));
    const isLast = run.bytes.length - run.done <= sliceBytes;
    const until = isLast ? run.bytes.length : run.done + sliceBytes;
    const { clock } = this.#deps;
    const after = isLast ? (this.#deps.preciseAfter ?? clock.after) : clock.after;
    const waitMs = run.startAt + until * this.#byteMs - clock.monotonic();
    this.#cancel = after.call(clock, Math.max(0, waitMs), () => {
      this.#cancel = undefined;
      this.#handOver(run, isLast);
      if (!this.#cancel) this.#wait();
    });
  }

  /** Hands over all that has arrived by now, which is more than a slice when the timer was late. */
  #handOver(run: Run, isLast: boolean): void {
    const elapsedMs = this.#deps.clock.monotonic() - run.startAt;
    const arrived = isLast ? run.bytes.length : Math.min(run.bytes.length, Math.floor(elapsedMs / this.#byteMs));
    const slice = run.bytes.subarray(run.done, arrived);
    run.done = arrived;
    if (run.done >= run.bytes.length) this.#runs.shift();
    this.pendingBytes -= slice.length;
    this.sentBytes += slice.length;
    if (slice.length > 0) this.#deps.deliver(slice);
  }
}
