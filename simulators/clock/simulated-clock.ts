/** Clocks on a cable: port, paced line, faults in both directions, one or more devices behind it, and what befalls them. */
import type { Log } from "../../protocol/log.ts";
import { seededRandom } from "../../protocol/seeded-random.ts";
import type { Clock, Random } from "../../protocol/time.ts";
import type { ByteFaultName } from "../faults/byte-faults.ts";
import { chainFaults } from "../faults/chain.ts";
import { type Mishap, planMishaps, runMishaps } from "../faults/mishaps.ts";
import { byteFaults, type FaultProfile, streamSeed } from "../faults/profile.ts";
import { openVirtualPort } from "../serial/open-port.ts";
import { type LineUse, PacedLine } from "../serial/paced-line.ts";
import type { VirtualPort } from "../serial/port.ts";
import { preciseAfter } from "../serial/precise-timer.ts";
import { ClockDevice } from "./device.ts";
import { punchingMeanwhile } from "./special-behaviours.ts";
import type { ClockOptions } from "./state.ts";

/** Streams of a seed that belong to the line itself; those of the byte faults come after. */
const STREAM = { GARBAGE: 101, MISHAPS: 102, TO_DEVICE: 103, INTERJECTIONS: 104 } as const;
/** Mishaps are planned this far ahead. */
const MISHAP_SPAN_MS = 24 * 60 * 60_000;

export interface LineOptions {
  /** Where the reader finds the port. */
  path: string;
  baud: number;
  seed: number;
  faults: FaultProfile;
}

export interface LineDeps {
  clock: Clock;
  log: Log;
  /** The cable. Default: a pseudo terminal at the line's path. */
  openPort?: () => Promise<VirtualPort>;
}

export interface LineReport extends LineUse {
  openMs: number;
  /** How often each fault was really done. */
  faults: Partial<Record<ByteFaultName | Mishap, number>>;
}

export class SimulatedLine {
  readonly path: string;
  readonly devices: readonly ClockDevice[];
  /** Told of each mishap and its end, e.g. to print it. */
  onMishap: (mishap: Mishap, phase: "begins" | "ends") => void = () => {};
  readonly #port: VirtualPort;
  readonly #line: PacedLine;
  readonly #deps: LineDeps;
  readonly #openedAt: number;
  readonly #happened: LineReport["faults"] = {};
  #stopMishaps: () => Promise<void> = async () => {};
  #closed = false;
  #calm = false;
  readonly #interjecting: Random;
  readonly #stopInterjecting: (() => void)[] = [];

  private constructor(port: VirtualPort, options: LineOptions, devices: readonly ClockDevice[], deps: LineDeps) {
    this.path = port.path;
    this.devices = devices;
    this.#port = port;
    this.#deps = deps;
    this.#openedAt = deps.clock.monotonic();
    const random = seededRandom(streamSeed(options.seed, STREAM.GARBAGE));
    this.#interjecting = seededRandom(streamSeed(options.seed, STREAM.INTERJECTIONS));
    this.#line = new PacedLine(port, options.baud, {
      clock: deps.clock,
      random,
      preciseAfter: preciseAfter(deps.clock),
    });
    this.#connect(options);
  }

  /** Plugs the cable in and gives the devices power. Throws AppError `no-pty`, `pty-failed`. */
  static async open(options: LineOptions, clocks: Partial<ClockOptions>[], deps: LineDeps): Promise<SimulatedLine> {
    const devices = clocks.map((clock) => new ClockDevice(clock, deps));
    const port = await (deps.openPort?.() ?? openVirtualPort(options.path, deps));
    const line = new SimulatedLine(port, options, devices, deps);
    await port.plug();
    for (const device of devices) device.powerUp();
    line.#planMishaps(options);
    return line;
  }

  get device(): ClockDevice {
    const [first] = this.devices;
    if (!first) throw new RangeError("a line without a clock");
    return first;
  }

  async unplug(): Promise<void> {
    this.#line.cut();
    await this.#port.unplug();
  }

  async plug(): Promise<void> {
    if (!this.#closed) await this.#port.plug();
  }

  /** The power goes, also in mid-frame, and comes back after `forMs`. */
  async powerCut(forMs: number, options: { timeLost?: boolean } = {}): Promise<void> {
    this.powerDown();
    await this.#pause(forMs);
    if (!this.#closed) this.powerUp(options);
  }

  powerDown(): void {
    for (const device of this.devices) device.powerDown();
    this.#line.cut();
  }

  powerUp(options: { timeLost?: boolean } = {}): void {
    for (const device of this.devices) device.powerUp(options);
  }

  /** From now on, with this chance per request, someone punches between the request and its reply. */
  interject(rate: number): void {
    for (const device of this.devices) {
      const users = [...device.state.users];
      const punch = () => device.punch({ user: users[Math.floor(this.#interjecting() * users.length)] ?? 0 });
      this.#stopInterjecting.push(device.define(punchingMeanwhile(rate, this.#interjecting, punch)));
    }
  }

  /** No more faults and mishaps from now on; one that is under way ends first. */
  async calm(): Promise<void> {
    this.#calm = true;
    for (const stop of this.#stopInterjecting.splice(0)) stop();
    await this.#stopMishaps();
  }

  report(): LineReport {
    const openMs = this.#deps.clock.monotonic() - this.#openedAt;
    return { ...this.#line.use(), openMs, faults: { ...this.#happened } };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#stopMishaps();
    this.powerDown();
    await this.#port.unplug();
  }

  #connect({ faults, seed }: LineOptions): void {
    const happened = (fault: ByteFaultName) => this.#count(fault);
    const deps = { clock: this.#deps.clock, happened };
    const send = (bytes: Uint8Array) => this.#line.send(bytes);
    const sendFaultily = chainFaults(byteFaults(faults, seed, deps), "to-reader", send);
    for (const device of this.devices) {
      device.onSend = (frame) => (this.#calm ? send(frame) : sendFaultily(frame));
    }
    const receive = (bytes: Uint8Array) => {
      for (const device of this.devices) device.receive(bytes);
    };
    const toDevice = byteFaults(faults, streamSeed(seed, STREAM.TO_DEVICE), deps);
    const receiveFaultily = chainFaults(toDevice, "to-device", receive);
    this.#line.onBytes = (bytes) => (this.#calm ? receive(bytes) : receiveFaultily(bytes));
  }

  #planMishaps({ faults, seed }: LineOptions): void {
    const random = seededRandom(streamSeed(seed, STREAM.MISHAPS));
    const plan = planMishaps(faults.perMinute, MISHAP_SPAN_MS, random);
    if (plan.length === 0) return;
    this.#stopMishaps = runMishaps(plan, this.#deps.clock, {
      sending: () => this.#line.pendingBytes > 0,
      befall: (mishap, forMs) => this.befall(mishap, forMs),
    });
  }

  async befall(mishap: Mishap, forMs: number): Promise<void> {
    this.#count(mishap);
    this.onMishap(mishap, "begins");
    if (mishap === "unplug") await this.#unplugFor(forMs);
    else if (mishap === "power-cut") await this.powerCut(forMs);
    else if (mishap === "clock-reset") await this.powerCut(forMs, { timeLost: true });
    else for (const device of this.devices) device.rememberPast(device.state.log.room, false);
    this.onMishap(mishap, "ends");
  }

  async #unplugFor(forMs: number): Promise<void> {
    await this.unplug();
    await this.#pause(forMs);
    await this.plug();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#deps.clock.after(ms, resolve));
  }

  #count(fault: ByteFaultName | Mishap): void {
    this.#happened[fault] = (this.#happened[fault] ?? 0) + 1;
  }
}
