/** A ZK terminal on a TCP port: sends at the terminal's pace, with faults and mishaps in both directions. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { AppError } from "../../protocol/errors.ts";
import { seededRandom } from "../../protocol/seeded-random.ts";
import type { Clock } from "../../protocol/time.ts";
import type { ByteFaultName } from "../faults/byte-faults.ts";
import { chainFaults } from "../faults/chain.ts";
import { type Mishap, planMishaps, runMishaps } from "../faults/mishaps.ts";
import { byteFaults, type FaultProfile, streamSeed } from "../faults/profile.ts";
import { PacketPacer } from "./pacer.ts";
import type { ZkTerminal } from "./terminal.ts";

const STREAM = { MISHAPS: 102, TO_DEVICE: 103 } as const;
const MISHAP_SPAN_MS = 24 * 60 * 60_000;
/** A cheap terminal's processor feeds its network no faster. */
export const RATE_DEFAULT = 1_000_000;

export interface ServerOptions {
  host: string;
  /** 0: any that is free. */
  port: number;
  seed: number;
  faults: FaultProfile;
  /** Bytes per second that the terminal can send. */
  bytesPerSecond: number;
  /** Pause between two packets. */
  packetGapMs: number;
}

export interface ServerReport {
  toReaderBytes: number;
  toDeviceBytes: number;
  connections: number;
  acknowledged: number;
  faults: Partial<Record<ByteFaultName | Mishap, number>>;
}

export class TerminalServer {
  readonly terminal: ZkTerminal;
  readonly #options: ServerOptions;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #counts = { toReaderBytes: 0, toDeviceBytes: 0, connections: 0 };
  readonly #happened: ServerReport["faults"] = {};
  onMishap: (mishap: Mishap, phase: "begins" | "ends") => void = () => {};
  #calm = false;
  #plugged = true;
  #stopMishaps: () => Promise<void> = async () => {};

  private constructor(terminal: ZkTerminal, options: ServerOptions, clock: Clock) {
    this.terminal = terminal;
    this.#options = options;
    this.#clock = clock;
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  /** Rejects with AppError `zk-listen-failed`. */
  static async open(terminal: ZkTerminal, options: ServerOptions, deps: { clock: Clock }): Promise<TerminalServer> {
    const server = new TerminalServer(terminal, options, deps.clock);
    server.#server.listen(options.port, options.host);
    await once(server.#server, "listening").catch((cause) => {
      throw new AppError("zk-listen-failed", `${options.host}:${options.port} cannot be listened on`, { cause });
    });
    server.#planMishaps();
    return server;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : this.#options.port;
  }

  report(): ServerReport {
    return { ...this.#counts, acknowledged: this.terminal.acknowledged, faults: { ...this.#happened } };
  }

  /** No more faults from now on; a mishap that is under way ends first. */
  async calm(): Promise<void> {
    this.#calm = true;
    await this.#stopMishaps();
  }

  async befall(mishap: Mishap, forMs: number): Promise<void> {
    this.#happened[mishap] = (this.#happened[mishap] ?? 0) + 1;
    this.onMishap(mishap, "begins");
    if (mishap === "log-full") {
      const { log, options } = this.terminal.state;
      this.terminal.rememberPast(options.capacity - log.length);
    } else await this.#awayFor(mishap, forMs);
    this.onMishap(mishap, "ends");
  }

  async close(): Promise<void> {
    await this.#stopMishaps();
    this.#hangUp();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #awayFor(mishap: Mishap, forMs: number): Promise<void> {
    if (mishap === "unplug") this.#plugged = false;
    else this.terminal.powerDown();
    this.#hangUp();
    await new Promise<void>((resolve) => this.#clock.after(forMs, resolve));
    this.#plugged = true;
    if (mishap !== "unplug") this.terminal.powerUp({ timeLost: mishap === "clock-reset" });
  }

  #hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    socket.on("error", () => {});
    if (!this.#plugged || !this.terminal.hasPower) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    this.#counts.connections += 1;
    const pacer = new PacketPacer(this.#options, { clock: this.#clock, write: (bytes) => this.#write(socket, bytes) });
    const { faults } = this.#options;
    // Each connection has a luck of its own, or a request lost on the first would be lost on all.
    const seed = streamSeed(this.#options.seed, this.#counts.connections);
    const deps = { clock: this.#clock, happened: (fault: ByteFaultName) => this.#count(fault) };
    const send = (bytes: Uint8Array) => pacer.put(bytes);
    const sendFaultily = chainFaults(byteFaults(faults, seed, deps), "to-reader", send);
    const connection = this.terminal.accept(
      (bytes) => (this.#calm ? send(bytes) : sendFaultily(bytes)),
      () => pacer.end(() => socket.end()),
    );
    const hear = (bytes: Uint8Array) => connection.receive(bytes);
    const hearFaultily = chainFaults(byteFaults(faults, streamSeed(seed, STREAM.TO_DEVICE), deps), "to-device", hear);
    socket.on("data", (bytes) => {
      this.#counts.toDeviceBytes += bytes.length;
      (this.#calm ? hear : hearFaultily)(bytes as Buffer);
    });
    socket.once("close", () => {
      pacer.stop();
      connection.closed();
      this.#sockets.delete(socket);
    });
  }

  #write(socket: Socket, bytes: Uint8Array): void {
    if (socket.destroyed) return;
    this.#counts.toReaderBytes += bytes.length;
    socket.write(bytes);
  }

  #count(fault: ByteFaultName): void {
    this.#happened[fault] = (this.#happened[fault] ?? 0) + 1;
  }

  #planMishaps(): void {
    const { faults, seed } = this.#options;
    const plan = planMishaps(faults.perMinute, MISHAP_SPAN_MS, seededRandom(streamSeed(seed, STREAM.MISHAPS)));
    if (plan.length === 0) return;
    this.#stopMishaps = runMishaps(plan, this.#clock, {
      sending: () => false,
      befall: (mishap, forMs) => this.befall(mishap, forMs),
    });
  }
}
