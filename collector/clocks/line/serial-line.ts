/** A serial port as a Line: bounded writes, one notice of loss, a close that cannot fail. */
import { access, constants } from "node:fs/promises";
import { platform } from "node:process";
import { SerialPort } from "serialport";
import { AppError } from "../../../protocol/errors.ts";
import type { Log } from "../../../protocol/log.ts";
import type { Clock } from "../../../protocol/time.ts";
import { hardenSerialPort } from "./harden-serial-port.ts";
import type { Line, LineCounters } from "./line.ts";
import { Subscribers } from "./subscribers.ts";
import { writeWithin } from "./write-within.ts";

/** A USB converter that was pulled out in mid-close answers never. */
const CLOSE_MS_MAX = 2_000;

export interface SerialSettings {
  path: string;
  baud: number;
  dataBits?: 7 | 8;
  parity?: "none" | "even" | "odd";
  stopBits?: 1 | 2;
}

export interface SerialLineDeps {
  clock: Clock;
  log: Log;
}

export function serialLine(settings: SerialSettings, deps: SerialLineDeps): Line {
  return new SerialLine(settings, deps);
}

class SerialLine implements Line {
  readonly name: string;
  readonly counters: LineCounters = { bytesIn: 0, bytesOut: 0 };
  readonly #settings: SerialSettings;
  readonly #deps: SerialLineDeps;
  readonly #data = new Subscribers<[Uint8Array]>();
  readonly #lost = new Subscribers<[string]>();
  #port: SerialPort | undefined;

  constructor(settings: SerialSettings, deps: SerialLineDeps) {
    this.name = settings.path;
    this.#settings = settings;
    this.#deps = deps;
  }

  async open(): Promise<void> {
    if (this.#port) return;
    await assertUsable(this.name);
    const { path, baud, dataBits = 8, parity = "none", stopBits = 1 } = this.#settings;
    const port = new SerialPort({ path, baudRate: baud, dataBits, parity, stopBits, autoOpen: false });
    await opened(port);
    hardenSerialPort(port.port);
    this.#port = port;
    port.on("data", (bytes: Buffer) => this.#take(bytes));
    port.on("error", (error: Error) => this.#drop(port, error.message));
    // `close` can come twice; #drop takes the first.
    port.on("close", (error: Error | null) => this.#drop(port, error?.message ?? "closed"));
    this.#raiseControlLines(port);
  }

  async write(bytes: Uint8Array, timeoutMs: number): Promise<void> {
    const port = this.#port;
    // SerialPort itself would keep the bytes for the next open.
    if (!port?.isOpen) throw new AppError("line-closed", `${this.name} is not open`);
    const bounds = { name: this.name, timeoutMs, clock: this.#deps.clock };
    await writeWithin(bounds, (done) => port.write(Buffer.from(bytes), done));
    this.counters.bytesOut += bytes.length;
  }

  onData(handler: (bytes: Uint8Array) => void): () => void {
    return this.#data.add(handler);
  }

  onLost(handler: (reason: string) => void): () => void {
    return this.#lost.add(handler);
  }

  async close(): Promise<void> {
    const port = this.#port;
    this.#port = undefined;
    if (port) await this.#closePort(port);
  }

  #take(bytes: Buffer): void {
    this.counters.bytesIn += bytes.length;
    this.#data.call(bytes);
  }

  /** Only the first notice about the port in use counts: later ones belong to a line that is already given up. */
  #drop(port: SerialPort, reason: string): void {
    if (this.#port !== port) return;
    this.#port = undefined;
    void this.#closePort(port);
    this.#lost.call(reason);
  }

  #closePort(port: SerialPort): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.after(CLOSE_MS_MAX, () => {
        this.#deps.log.warn({ port: this.name }, "the port does not close; left to the system");
        resolve();
      });
      // An error means that it was closed already.
      port.close(() => {
        cancel();
        resolve();
      });
    });
  }

  /** Some converters draw their power from DTR and RTS. Pseudo terminals and some drivers refuse: no harm. */
  #raiseControlLines(port: SerialPort): void {
    port.set({ dtr: true, rts: true }, (error) => {
      if (error) this.#deps.log.debug({ port: this.name, reason: error.message }, "control lines not set");
    });
  }
}

/** The binding says both in prose only; the system says it in codes. */
async function assertUsable(path: string): Promise<void> {
  if (platform === "win32") return;
  try {
    await access(path, constants.R_OK | constants.W_OK);
  } catch (cause) {
    const denied = (cause as NodeJS.ErrnoException).code === "EACCES";
    if (denied) throw new AppError("line-denied", `${path}: no permission; is the user in group dialout?`, { cause });
    throw new AppError("line-absent", `${path} does not exist`, { cause });
  }
}

function opened(port: SerialPort): Promise<void> {
  return new Promise((resolve, reject) => {
    port.open((cause) => {
      if (cause) reject(new AppError("line-open-failed", `${port.path} cannot be opened`, { cause }));
      else resolve();
    });
  });
}
