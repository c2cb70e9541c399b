/** Sends packets no faster than a terminal can, each with a write of its own and a pause behind it. */
import type { Clock } from "../../protocol/time.ts";

/** A timer is coarser than a byte: so much is written at once. */
const SLICE_MS = 5;

export class PacketPacer {
  readonly #sliceBytes: number;
  readonly #gapMs: number;
  readonly #deps: { clock: Clock; write(bytes: Uint8Array): void };
  #queue: Uint8Array[] = [];
  #freeAt = 0;
  #cancel: (() => void) | undefined;
  #atEnd: (() => void) | undefined;

  constructor(
    { bytesPerSecond, packetGapMs }: { bytesPerSecond: number; packetGapMs: number },
    deps: { clock: Clock; write(bytes: Uint8Array): void },
  ) {
    this.#sliceBytes = Math.max(1, Math.floor((bytesPerSecond * SLICE_MS) / 1000));
    this.#gapMs = packetGapMs;
    this.#deps = deps;
  }

  put(packet: Uint8Array): void {
    this.#queue.push(packet);
    if (!this.#cancel) this.#work();
  }

  /** Calls back when everything is out. */
  end(then: () => void): void {
    this.#atEnd = then;
    if (!this.#cancel) this.#work();
  }

  stop(): void {
    this.#cancel?.();
    this.#queue = [];
  }

  #work(): void {
    this.#cancel = undefined;
    const [packet] = this.#queue;
    if (!packet) {
      this.#atEnd?.();
      return;
    }
    const now = this.#deps.clock.monotonic();
    if (now < this.#freeAt) {
      this.#later();
      return;
    }
    const slice = packet.subarray(0, this.#sliceBytes);
    const isLast = slice.length === packet.length;
    this.#deps.write(slice);
    if (isLast) this.#queue.shift();
    else this.#queue[0] = packet.subarray(slice.length);
    const tookMs = (slice.length / this.#sliceBytes) * SLICE_MS;
    // From when it could have been sent: a late timer does not slow the line.
    this.#freeAt = Math.max(this.#freeAt, now - SLICE_MS) + tookMs + (isLast ? this.#gapMs : 0);
    this.#later();
  }

  #later(): void {
    const waitMs = this.#freeAt - this.#deps.clock.monotonic();
    this.#cancel = this.#deps.clock.after(Math.max(0, waitMs), () => this.#work());
  }
}
