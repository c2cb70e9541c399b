/** The wire between port and device: bytes take their time on it, in both directions, and a wrong rate turns them to garbage. */
import type { Clock, Random } from "../../protocol/time.ts";
import { Lane } from "./lane.ts";
import type { VirtualPort } from "./port.ts";

/** A start bit, eight data bits, a stop bit. */
const BITS_PER_BYTE = 10;
const MS_PER_SECOND = 1_000;
/** A fast reader sees a slow byte as several; no more than this many. */
const GARBAGE_PER_BYTE_MAX = 12;

export interface LineDeps {
  clock: Clock;
  random: Random;
  /** Like `clock.after`, but on time to a fraction of a millisecond; used for the last byte of a frame. */
  preciseAfter?: Clock["after"];
}

/** What went over the line. `busyMs` counts a moment once, also when both directions were busy. */
export interface LineUse {
  toReaderBytes: number;
  toDeviceBytes: number;
  busyMs: number;
  /** Bytes that were sent or read at another rate than the line's. */
  garbledBytes: number;
  /** Bytes lost because the reader took none, or because the device sent faster than the line for too long. */
  lostBytes: number;
}

export class PacedLine {
  readonly baud: number;
  /** Bytes that arrive at the device, each after its time on the line. */
  onBytes: (bytes: Uint8Array) => void = () => {};
  readonly #port: VirtualPort;
  readonly #random: Random;
  readonly #toReader: Lane;
  readonly #toDevice: Lane;
  #garbledBytes = 0;
  #busyMs = 0;
  #busyUntil = 0;

  constructor(port: VirtualPort, baud: number, deps: LineDeps) {
    this.#port = port;
    this.baud = baud;
    this.#random = deps.random;
    const byteMs = byteTimeMs(baud);
    const occupied = (from: number, to: number) => this.#countBusy(from, to);
    this.#toReader = new Lane(byteMs, { ...deps, occupied, deliver: (bytes) => this.#port.write(bytes) });
    this.#toDevice = new Lane(byteMs, { ...deps, occupied, deliver: (bytes) => this.onBytes(bytes) });
    port.onBytes = (bytes) => this.#toDevice.put(this.#asHeard(bytes, "by-device"));
  }

  /** The device sends. */
  send(bytes: Uint8Array): void {
    if (this.#port.plugged) this.#toReader.put(this.#asHeard(bytes, "by-reader"));
  }

  /** Bytes that the device has sent and that are not all at the reader yet. */
  get pendingBytes(): number {
    return this.#toReader.pendingBytes;
  }

  /** Forgets what is still on the wire: the device lost its power, or the cable was pulled. */
  cut(): void {
    this.#toReader.clear();
    this.#toDevice.clear();
  }

  use(): LineUse {
    return {
      toReaderBytes: this.#toReader.sentBytes,
      toDeviceBytes: this.#toDevice.sentBytes,
      busyMs: this.#busyMs,
      garbledBytes: this.#garbledBytes,
      lostBytes: this.#port.overrunBytes + this.#toReader.lostBytes + this.#toDevice.lostBytes,
    };
  }

  #countBusy(from: number, to: number): void {
    this.#busyMs += Math.max(0, to - Math.max(from, this.#busyUntil));
    this.#busyUntil = Math.max(this.#busyUntil, to);
  }

  #asHeard(bytes: Uint8Array, by: "by-reader" | "by-device"): Uint8Array {
    const readerBaud = this.#port.readerBaud();
    if (readerBaud === undefined || readerBaud === this.baud) return bytes;
    this.#garbledBytes += bytes.length;
    const ratio = by === "by-reader" ? readerBaud / this.baud : this.baud / readerBaud;
    const length = Math.max(1, Math.round(bytes.length * Math.min(ratio, GARBAGE_PER_BYTE_MAX)));
    return Uint8Array.from({ length }, () => Math.floor(this.#random() * 256));
  }
}

/** How long one byte takes on the line, in ms. */
export function byteTimeMs(baud: number): number {
  return (BITS_PER_BYTE * MS_PER_SECOND) / baud;
}
