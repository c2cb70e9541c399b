/** Sends postures: whole at a start, when a part changed, once a day, and when the centre asks. */
import type { Log } from "../../protocol/log.ts";
import type { PartName, Parts, PostureBody } from "../../protocol/messages/records/posture.ts";
import type { ContractRecord } from "../../protocol/messages/records.ts";
import { type Clock, formatInstant, type Random } from "../../protocol/time.ts";
import type { Os } from "../os/os.ts";
import type { Collected, PartCollector } from "../probes/collector.ts";
import type { PartRow } from "../probes/table.ts";
import type { StateFile } from "../state.ts";
import { type AllParts, composePosture } from "./compose.ts";
import { PART_NAMES } from "./part-names.ts";
import { rememberPending, steadyBoot } from "./steady.ts";

export interface ReporterDeps {
  clock: Clock;
  random: Random;
  log: Log;
  os: Os;
  collector: PartCollector;
  table: { [Name in PartName]: PartRow<Name> };
  file: StateFile;
  append: (record: ContractRecord) => Promise<unknown>;
  /** True when records were given up since it was last asked. */
  lostSome: () => boolean;
  /** True while a change of the network is being held: its present form is then not reported. */
  holdingNetwork: () => boolean;
  postureHours: () => number;
}

const HOUR_MS = 3_600_000;
/** Spread of the daily posture, so that PCs that start together do not report together. */
const DAILY_SPREAD_MS = 10 * 60_000;
/** A part whose inputs did not change is looked at again after this all the same. */
const INPUTS_TRUSTED_MS = 24 * HOUR_MS;

export class PostureReporter {
  readonly #deps: ReporterDeps;
  readonly #timers = new Map<string, () => void>();
  /** What each costly look depended on when it was made. */
  readonly #inputs = new Map<PartName, { text: string; atMs: number }>();
  #parts: AllParts | undefined;
  #isStopped = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: ReporterDeps) {
    this.#deps = deps;
  }

  /** The parts as last reported. */
  get current(): AllParts | undefined {
    return this.#parts;
  }

  /** The first look and the `start` posture. Goes on looking also when that could not be sent: what was not told then is later. */
  async start(): Promise<void> {
    for (const name of PART_NAMES) await this.#isWorthLooking(name);
    try {
      await this.#inTurn(async () => this.#send("start", await this.#lookAtAll()));
    } finally {
      for (const name of PART_NAMES) this.#schedulePart(name);
      this.#scheduleDaily();
    }
  }

  /** Looks at parts again and reports them if they changed. */
  refresh(names: readonly PartName[]): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#parts) return;
      const seen: [PartName, Collected<PartName>][] = [];
      for (const name of names) {
        if (name === "network" && this.#deps.holdingNetwork()) continue;
        seen.push([name, await this.#look(name)]);
      }
      await this.#send("change", { ...this.#parts, ...Object.fromEntries(seen) });
    });
  }

  /** A network that has held, already looked at. */
  acceptNetwork(network: Collected<"network">): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#parts) await this.#send("change", { ...this.#parts, network });
    });
  }

  /** Looks at everything and sends it whole: the centre asked, or its database is younger than what it was told. */
  sendWhole(): Promise<void> {
    return this.#inTurn(async () => {
      this.#deps.file.state.told = {};
      await this.#send("command", await this.#lookAtAll());
      this.#scheduleDaily();
    });
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#timers.values()) cancel();
  }

  /** One posture at a time: each builds on what the one before told. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const result = this.#turn.then(() => (this.#isStopped ? undefined : work()));
    this.#turn = result.catch((error: unknown) => {
      // A stop closes the journal under a look that is still going on.
      if (!this.#isStopped) this.#deps.log.error({ error }, "a posture could not be sent");
    });
    return result;
  }

  async #look<Name extends PartName>(name: Name): Promise<Collected<Name>> {
    const { collector, file } = this.#deps;
    const collected = await collector.collect(name);
    if (name === "power") {
      const { power, memory } = steadyBoot(collected.content as Parts["power"], file.state.boot);
      if (memory) file.state.boot = memory;
      return { ...collected, content: power as Parts[Name] };
    }
    if (name === "patch") {
      const before = new Map(Object.entries(file.state.pendingSince));
      file.state.pendingSince = Object.fromEntries(rememberPending(collected.content as Parts["patch"], before));
    }
    return collected;
  }

  async #lookAtAll(): Promise<AllParts> {
    const entries: [PartName, Collected<PartName>][] = [];
    for (const name of PART_NAMES) {
      const held = name === "network" && this.#deps.holdingNetwork() ? this.#parts?.network : undefined;
      entries.push([name, held ?? (await this.#look(name))]);
    }
    return Object.fromEntries(entries) as AllParts;
  }

  async #send(reason: PostureBody["reason"], now: AllParts): Promise<void> {
    const { clock, log, file, append, lostSome } = this.#deps;
    this.#parts = now;
    const { body, told, whole } = composePosture(reason, now, file.state.told);
    if (reason === "change" && whole.length === 0) return;
    await append({ kind: "posture", at: formatInstant(clock.now()), body });
    file.state.told = lostSome() ? {} : told;
    await file.save();
    log.info({ reason, whole }, "posture reported");
  }

  #scheduleDaily(): void {
    const { random, postureHours } = this.#deps;
    this.#after("daily", postureHours() * HOUR_MS + random() * DAILY_SPREAD_MS, async () => {
      this.#scheduleDaily();
      await this.#inTurn(async () => this.#send("daily", await this.#lookAtAll()));
    });
  }

  #schedulePart(name: PartName): void {
    const { random, table } = this.#deps;
    const { everyMs } = table[name];
    if (everyMs === undefined) return;
    this.#after(name, everyMs * (0.9 + 0.2 * random()), async () => {
      this.#schedulePart(name);
      if (await this.#isWorthLooking(name)) await this.refresh([name]);
    });
  }

  /** Some looks are expensive (a simulation of apt takes 2 s of CPU): only when what they depend on has changed. */
  async #isWorthLooking(name: PartName): Promise<boolean> {
    const { clock, os, table } = this.#deps;
    const text = await table[name].inputs?.(os);
    if (text === undefined) return true;
    const known = this.#inputs.get(name);
    const isSame = known?.text === text && clock.monotonic() - known.atMs < INPUTS_TRUSTED_MS;
    if (!isSame) this.#inputs.set(name, { text, atMs: clock.monotonic() });
    return !isSame;
  }

  #after(name: string, ms: number, work: () => Promise<void>): void {
    const { clock, log } = this.#deps;
    this.#timers.get(name)?.();
    if (this.#isStopped) return;
    const run = () => void work().catch((error: unknown) => log.error({ error, part: name }, "a look failed"));
    this.#timers.set(name, clock.after(ms, run));
  }
}
