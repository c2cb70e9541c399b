/** A whole office of simulated PCs against a running centre: starts them, lets things happen to them, and sends them home. */
import { seededRandom } from "../../protocol/seeded-random.ts";
import { streamSeed } from "../faults/profile.ts";
import { helloFromClone } from "./clone.ts";
import { DoomedPcs } from "./doomed.ts";
import { type CentreOptions, OfficePc, type PcDeps } from "./office-pc.ts";
import type { SimulatedPc } from "./pc.ts";

/** PCs that start at the same time; more only queue for the same processor. */
const STARTS_AT_ONCE = 16;
const STOPS_AT_ONCE = 64;

export interface OfficeOptions {
  home: string;
  centre: CentreOptions;
  seed: number;
}

export interface OfficeState {
  pcs: number;
  enrolled: number;
  waiting: number;
  refused: number;
  connected: number;
  /** Records that the centre has not committed yet. */
  pending: number;
}

export class Office {
  readonly #pcs: Map<string, OfficePc>;
  readonly #doomed: Map<string, DoomedPcs> = new Map();
  readonly #options: OfficeOptions;
  readonly #deps: PcDeps;

  constructor(pcs: readonly SimulatedPc[], options: OfficeOptions, deps: Omit<PcDeps, "random">) {
    this.#options = options;
    const randomOf = (index: number) => seededRandom(streamSeed(options.seed, 1_000 + index));
    this.#deps = { ...deps, random: randomOf(-1) };
    this.#pcs = new Map(
      pcs.map((pc, index) => [
        pc.wanted,
        new OfficePc({ ...pc }, options.home, options.centre, { ...deps, random: randomOf(index) }),
      ]),
    );
  }

  /** Starts all of them; those that cannot start are told to `failed`. */
  async startAll(failed: (pc: SimulatedPc, error: unknown) => void): Promise<void> {
    await eachAtMost(STARTS_AT_ONCE, [...this.#pcs.values()], async (officePc) => {
      await this.start(officePc.pc.wanted).catch((error: unknown) => failed(officePc.pc, error));
    });
  }

  async start(name: string): Promise<void> {
    const officePc = this.#pc(name);
    const { pc } = officePc;
    if (pc.planted !== "silent") return officePc.start();
    const { home, centre, seed } = this.#options;
    this.#doomed.set(name, await DoomedPcs.start({ pcs: [pc], home, centre, seed }));
  }

  async changeAddress(name: string, to: string): Promise<void> {
    await this.#pc(name).changeAddress(to);
  }

  /** A machine made from its disk image appears. Waits until the PC itself is enrolled. */
  async clone(name: string): Promise<void> {
    const officePc = this.#pc(name);
    await officePc.enrolled();
    const { broker } = this.#options.centre;
    const epoch = officePc.state()?.epoch;
    if (epoch === undefined) return;
    const { machine } = officePc.pc;
    await helloFromClone({ home: officePc.home, epoch, machine, ...(broker && { broker }) }, this.#deps.clock.now());
  }

  /** It vanishes from the network without a word. */
  async cut(name: string): Promise<void> {
    await this.#doomed.get(name)?.vanish();
    this.#doomed.delete(name);
  }

  async shutDown(name: string): Promise<void> {
    await this.#pc(name).shutDown();
  }

  /** Ends the simulation: everything disconnects, nothing is shut down. */
  async stop(): Promise<void> {
    for (const name of [...this.#doomed.keys()]) await this.cut(name);
    await eachAtMost(STOPS_AT_ONCE, [...this.#pcs.values()], (pc) => pc.stop());
  }

  /** Of the PCs of this process; those that are to vanish live elsewhere. */
  state(): OfficeState {
    const sum: OfficeState = { pcs: this.#pcs.size, enrolled: 0, waiting: 0, refused: 0, connected: 0, pending: 0 };
    for (const pc of this.#pcs.values()) {
      const state = pc.state();
      if (!state) continue;
      if (state.enrolment.state === "enrolled") sum.enrolled++;
      else if (state.enrolment.state === "waiting") sum.waiting++;
      else sum.refused++;
      if (state.connected) sum.connected++;
      sum.pending += state.pending;
    }
    return sum;
  }

  #pc(name: string): OfficePc {
    const pc = this.#pcs.get(name);
    if (!pc) throw new RangeError(`no PC ${name}`);
    return pc;
  }
}

async function eachAtMost<T>(limit: number, items: T[], act: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: limit }, work));
}
