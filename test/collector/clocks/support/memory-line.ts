/** A line in memory: what is written goes to the device at the other end, which answers when it likes. */
import type { Line } from "../../../../collector/clocks/line/line.ts";
import { Subscribers } from "../../../../collector/clocks/line/subscribers.ts";
import { AppError } from "../../../../protocol/errors.ts";

export class MemoryLine implements Line {
  readonly name = "memory";
  readonly counters = { bytesIn: 0, bytesOut: 0 };
  /** Every write, in order. */
  readonly written: Uint8Array[] = [];
  /** What hears the writes. */
  device: (bytes: Uint8Array) => void = () => {};
  /** Set: `open` rejects with this code. */
  openFault: string | undefined;
  opens = 0;
  isOpen = false;
  readonly #data = new Subscribers<[Uint8Array]>();
  readonly #lost = new Subscribers<[string]>();

  async open(): Promise<void> {
    this.opens += 1;
    if (this.openFault) throw new AppError(this.openFault, "as the test wishes");
    this.isOpen = true;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (!this.isOpen) throw new AppError("line-closed", "not open");
    this.written.push(bytes);
    this.counters.bytesOut += bytes.length;
    this.device(bytes);
  }

  onData(handler: (bytes: Uint8Array) => void): () => void {
    return this.#data.add(handler);
  }

  onLost(handler: (reason: string) => void): () => void {
    return this.#lost.add(handler);
  }

  async close(): Promise<void> {
    this.isOpen = false;
  }

  /** Bytes from the device; lost when nobody has the line open, as on a real one. */
  receive(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    this.counters.bytesIn += bytes.length;
    this.#data.call(bytes);
  }

  unplug(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#lost.call("unplugged");
  }
}
