/** A TCP connection as a Line: bounded opening and writing, one notice of loss. */
import { connect, type Socket } from "node:net";
import { AppError } from "../../../protocol/errors.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { Line, LineCounters } from "./line.ts";
import { Subscribers } from "./subscribers.ts";
import { writeWithin } from "./write-within.ts";

/** A terminal on the same network answers at once or is not there. */
const CONNECT_MS_MAX = 5_000;
/** A terminal whose power went says no goodbye; the system asks after this silence. */
const KEEP_ALIVE_MS = 30_000;
/** What was written before the end still goes out; after this the connection is dropped. */
const CLOSE_MS_MAX = 1_000;

export interface TcpSettings {
  host: string;
  port: number;
}

export function tcpLine(settings: TcpSettings, deps: { clock: Clock }): Line {
  return new TcpLine(settings, deps);
}

class TcpLine implements Line {
  readonly name: string;
  readonly counters: LineCounters = { bytesIn: 0, bytesOut: 0 };
  readonly #settings: TcpSettings;
  readonly #clock: Clock;
  readonly #data = new Subscribers<[Uint8Array]>();
  readonly #lost = new Subscribers<[string]>();
  #socket: Socket | undefined;

  constructor(settings: TcpSettings, { clock }: { clock: Clock }) {
    this.name = `tcp://${settings.host}:${settings.port}`;
    this.#settings = settings;
    this.#clock = clock;
  }

  async open(): Promise<void> {
    if (this.#socket) return;
    const socket = connect({ ...this.#settings, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
    await this.#connected(socket);
    this.#socket = socket;
    socket.on("data", (bytes) => {
      this.counters.bytesIn += bytes.length;
      this.#data.call(bytes as Buffer);
    });
    socket.on("end", () => this.#drop(socket, "closed by the terminal"));
    socket.on("close", () => this.#drop(socket, "closed"));
    socket.on("error", (error) => this.#drop(socket, error.message));
  }

  async write(bytes: Uint8Array, timeoutMs: number): Promise<void> {
    const socket = this.#socket;
    if (!socket) throw new AppError("line-closed", `${this.name} is not open`);
    await writeWithin({ name: this.name, timeoutMs, clock: this.#clock }, (done) => socket.write(bytes, done));
    this.counters.bytesOut += bytes.length;
  }

  onData(handler: (bytes: Uint8Array) => void): () => void {
    return this.#data.add(handler);
  }

  onLost(handler: (reason: string) => void): () => void {
    return this.#lost.add(handler);
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(CLOSE_MS_MAX, () => socket.destroy());
      socket.once("close", () => {
        cancel();
        resolve();
      });
      socket.end(() => socket.destroy());
    });
  }

  #connected(socket: Socket): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (message: string, cause?: Error) => {
        cancel();
        socket.removeAllListeners();
        // An error that comes after it was given up is nobody's.
        socket.on("error", () => {});
        socket.destroy();
        reject(new AppError("line-open-failed", `${this.name}: ${message}`, { cause }));
      };
      const cancel = this.#clock.after(CONNECT_MS_MAX, () => fail(`no answer within ${CONNECT_MS_MAX} ms`));
      socket.once("error", (error) => fail(error.message, error));
      socket.once("connect", () => {
        cancel();
        socket.removeAllListeners();
        resolve();
      });
    });
  }

  #drop(socket: Socket, reason: string): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    socket.destroy();
    this.#lost.call(reason);
  }
}
