/** A module on a cable: port, paced line, faults in both directions, and what befalls them. */
import type { Log } from "../../protocol/log.ts";
import { seededRandom } from "../../protocol/seeded-random.ts";
import type { Clock } from "../../protocol/time.ts";
import type { ByteFaultName } from "../faults/byte-faults.ts";
import { chainFaults } from "../faults/chain.ts";
import { type Mishap, planMishaps, runMishaps } from "../faults/mishaps.ts";
import { byteFaults, type FaultProfile, streamSeed } from "../faults/profile.ts";
import { openVirtualPort } from "../serial/open-port.ts";
import { type LineUse, PacedLine } from "../serial/paced-line.ts";
import type { VirtualPort } from "../serial/port.ts";
import { preciseAfter } from "../serial/precise-timer.ts";
import type { FingerModule } from "./module.ts";

const STREAM = { GARBAGE: 101, MISHAPS: 102, TO_DEVICE: 103 } as const;
const MISHAP_SPAN_MS = 24 * 60 * 60_000;

export interface ModuleLineOptions {
  path: string;
  baud: number;
  seed: number;
  faults: FaultProfile;
}

export class ModuleLine {
  readonly module: FingerModule;
  onMishap: (mishap: Mishap, phase: "begins" | "ends") => void = () => {};
  readonly #port: VirtualPort;
  readonly #line: PacedLine;
  readonly #clock: Clock;
  #calm = false;
  #closed = false;
  #stopMishaps: () => Promise<void> = async () => {};

  private constructor(module: FingerModule, port: VirtualPort, options: ModuleLineOptions, clock: Clock) {
    this.module = module;
    this.#port = port;
    this.#clock = clock;
    const random = seededRandom(streamSeed(options.seed, STREAM.GARBAGE));
    this.#line = new PacedLine(port, options.baud, { clock, random, preciseAfter: preciseAfter(clock) });
    this.#connect(options);
  }

  /** Plugs the cable in and gives the module power. Throws AppError `no-pty`, `pty-failed`. */
  static async open(
    module: FingerModule,
    options: ModuleLineOptions,
    deps: { clock: Clock; log: Log },
  ): Promise<ModuleLine> {
    const line = new ModuleLine(module, await openVirtualPort(options.path, deps), options, deps.clock);
    await line.#port.plug();
    module.powerUp();
    line.#planMishaps(options);
    return line;
  }

  use(): LineUse {
    return this.#line.use();
  }

  /** No more faults from now on; a mishap that is under way ends first. */
  async calm(): Promise<void> {
    this.#calm = true;
    await this.#stopMishaps();
  }

  /** A module draws its power from the cable: both mishaps cost it what it was doing. */
  async befall(mishap: Mishap, forMs: number): Promise<void> {
    this.onMishap(mishap, "begins");
    this.module.powerDown();
    this.#line.cut();
    if (mishap === "unplug") await this.#port.unplug();
    await new Promise<void>((resolve) => this.#clock.after(forMs, resolve));
    if (mishap === "unplug" && !this.#closed) await this.#port.plug();
    if (!this.#closed) this.module.powerUp();
    this.onMishap(mishap, "ends");
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#stopMishaps();
    this.module.powerDown();
    this.#line.cut();
    await this.#port.unplug();
  }

  #connect({ faults, seed }: ModuleLineOptions): void {
    const deps: { clock: Clock; happened?: (fault: ByteFaultName) => void } = { clock: this.#clock };
    const send = (bytes: Uint8Array) => this.#line.send(bytes);
    const sendFaultily = chainFaults(byteFaults(faults, seed, deps), "to-reader", send);
    this.module.onSend = (bytes) => (this.#calm ? send(bytes) : sendFaultily(bytes));
    const hear = (bytes: Uint8Array) => this.module.receive(bytes);
    const hearFaultily = chainFaults(byteFaults(faults, streamSeed(seed, STREAM.TO_DEVICE), deps), "to-device", hear);
    this.#line.onBytes = (bytes) => (this.#calm ? hear(bytes) : hearFaultily(bytes));
  }

  #planMishaps({ faults, seed }: ModuleLineOptions): void {
    const plan = planMishaps(faults.perMinute, MISHAP_SPAN_MS, seededRandom(streamSeed(seed, STREAM.MISHAPS)));
    if (plan.length === 0) return;
    this.#stopMishaps = runMishaps(plan, this.#clock, {
      sending: () => this.#line.pendingBytes > 0,
      befall: (mishap, forMs) => this.befall(mishap, forMs),
    });
  }
}
