/** The reader's end of a simulated RS485 line whose adapter hears itself: every byte sent comes back when its time on the line is over. */
import type { Line } from "../../../collector/clocks/line/line.ts";
import { Subscribers } from "../../../collector/clocks/line/subscribers.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { MemoryPort } from "../../../simulators/serial/memory-port.ts";
import { byteTimeMs } from "../../../simulators/serial/paced-line.ts";

export class EchoingLine implements Line {
  readonly name = "rs485";
  readonly counters = { bytesIn: 0, bytesOut: 0 };
  /** Of each frame written: to which device number, and when (monotonic ms). */
  readonly asked: { device: number; command: number; at: number }[] = [];
  readonly #port: MemoryPort;
  readonly #baud: number;
  readonly #clock: Clock;
  readonly #data = new Subscribers<[Uint8Array]>();
  #isOpen = false;

  constructor(port: MemoryPort, baud: number, clock: Clock) {
    this.#port = port;
    this.#baud = baud;
    this.#clock = clock;
    port.onReader = (bytes) => this.#hear(bytes);
  }

  async open(): Promise<void> {
    this.#isOpen = true;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const frame = Buffer.from(bytes);
    this.asked.push({ device: frame.readUInt32BE(1), command: frame.readUInt8(5), at: this.#clock.monotonic() });
    this.counters.bytesOut += bytes.length;
    this.#port.send(bytes);
    this.#clock.after(bytes.length * byteTimeMs(this.#baud), () => this.#hear(frame));
  }

  onData(handler: (bytes: Uint8Array) => void): () => void {
    return this.#data.add(handler);
  }

  onLost(): () => void {
    return () => {};
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }

  #hear(bytes: Uint8Array): void {
    if (!this.#isOpen) return;
    this.counters.bytesIn += bytes.length;
    this.#data.call(bytes);
  }
}
