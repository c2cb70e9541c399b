/** A cable within one process, for worlds in virtual time: the reader's end is two functions. */
import type { VirtualPort } from "./port.ts";

export class MemoryPort implements VirtualPort {
  readonly path: string;
  readonly overrunBytes = 0;
  plugged = true;
  onBytes: (bytes: Uint8Array) => void = () => {};
  /** The reader's end: what the devices send. */
  onReader: (bytes: Uint8Array) => void = () => {};
  readonly #readerBaud: number;

  constructor(path: string, readerBaud: number) {
    this.path = path;
    this.#readerBaud = readerBaud;
  }

  async plug(): Promise<void> {
    this.plugged = true;
  }

  async unplug(): Promise<void> {
    this.plugged = false;
  }

  write(bytes: Uint8Array): void {
    if (this.plugged) this.onReader(bytes);
  }

  /** The reader's end: what the reader sends. */
  send(bytes: Uint8Array): void {
    if (this.plugged) this.onBytes(bytes);
  }

  readerBaud(): number {
    return this.#readerBaud;
  }
}
