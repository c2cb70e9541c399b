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

export interface Reporter {
  /** The first look and the `start` posture. */
  start(): Promise<void>;
  /** Looks at parts again and reports them if they changed. */
  refresh(names: readonly PartName[]): Promise<void>;
  /** A network that has held, already looked at. */
  acceptNetwork(network: Collected<"network">): Promise<void>;
  /** Looks at everything and sends it whole: the centre asked, or its database is younger than what it was told. */
  sendWhole(): Promise<void>;
  current(): AllParts | undefined;
  stop(): void;
}

const HOUR_MS = 3_600_000;
/** Spread of the daily posture, so that PCs that start together do not report together. */
const DAILY_SPREAD_MS = 10 * 60_000;
/** A part whose inputs did not change is looked at again after this all the same. */
const INPUTS_TRUSTED_MS = 24 * HOUR_MS;

export function createReporter(deps: ReporterDeps): Reporter {
  const { clock, random, log, os, collector, table, file, append } = deps;
  const { state } = file;
  const timers = new Map<string, () => void>();
  const inputs = new Map<PartName, { text: string; atMs: number }>();
  let parts: AllParts | undefined;
  let stopped = false;
  let turn: Promise<unknown> = Promise.resolve();

  /** One posture at a time: each builds on what the one before told. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const result = turn.then(() => (stopped ? undefined : work()));
    turn = result.catch((error: unknown) => {
      // A stop closes the journal under a look that is still going on.
      if (!stopped) log.error({ error }, "a posture could not be sent");
    });
    return result;
  }

  function after(name: string, ms: number, work: () => Promise<void>): void {
    timers.get(name)?.();
    if (stopped) return;
    const run = () => void work().catch((error: unknown) => log.error({ error, part: name }, "a look failed"));
    timers.set(name, clock.after(ms, run));
  }

  async function look<Name extends PartName>(name: Name): Promise<Collected<Name>> {
    const collected = await collector.collect(name);
    if (name === "power") {
      const steady = steadyBoot(collected.content as Parts["power"], state.boot);
      if (steady.memory) state.boot = steady.memory;
      return { ...collected, content: steady.power as Parts[Name] };
    }
    if (name === "patch") {
      const before = new Map(Object.entries(state.pendingSince));
      state.pendingSince = Object.fromEntries(rememberPending(collected.content as Parts["patch"], before));
    }
    return collected;
  }

  async function lookAtAll(): Promise<AllParts> {
    const entries: [PartName, Collected<PartName>][] = [];
    for (const name of PART_NAMES) {
      const held = name === "network" && deps.holdingNetwork() ? parts?.network : undefined;
      entries.push([name, held ?? (await look(name))]);
    }
    return Object.fromEntries(entries) as AllParts;
  }

  async function send(reason: PostureBody["reason"], now: AllParts): Promise<void> {
    parts = now;
    const { body, told, whole } = composePosture(reason, now, state.told);
    if (reason === "change" && whole.length === 0) return;
    await append({ kind: "posture", at: formatInstant(clock.now()), body });
    state.told = deps.lostSome() ? {} : told;
    await file.save();
    log.info({ reason, whole }, "posture reported");
  }

  function scheduleDaily(): void {
    const ms = deps.postureHours() * HOUR_MS + random() * DAILY_SPREAD_MS;
    after("daily", ms, async () => {
      scheduleDaily();
      await inTurn(async () => send("daily", await lookAtAll()));
    });
  }

  function schedulePart(name: PartName): void {
    const { everyMs } = table[name];
    if (everyMs === undefined) return;
    after(name, everyMs * (0.9 + 0.2 * random()), async () => {
      schedulePart(name);
      if (await worthLooking(name)) await reporter.refresh([name]);
    });
  }

  /** Some looks are expensive (a simulation of apt takes 2 s of CPU): only when what they depend on has changed. */
  async function worthLooking(name: PartName): Promise<boolean> {
    const text = await table[name].inputs?.(os);
    if (text === undefined) return true;
    const known = inputs.get(name);
    const unchanged = known?.text === text && clock.monotonic() - known.atMs < INPUTS_TRUSTED_MS;
    if (!unchanged) inputs.set(name, { text, atMs: clock.monotonic() });
    return !unchanged;
  }

  const reporter: Reporter = {
    async start() {
      for (const name of PART_NAMES) await worthLooking(name);
      await inTurn(async () => send("start", await lookAtAll()));
      for (const name of PART_NAMES) schedulePart(name);
      scheduleDaily();
    },
    refresh: (names) =>
      inTurn(async () => {
        if (!parts) return;
        const seen: [PartName, Collected<PartName>][] = [];
        for (const name of names) if (name !== "network" || !deps.holdingNetwork()) seen.push([name, await look(name)]);
        await send("change", { ...parts, ...Object.fromEntries(seen) });
      }),
    acceptNetwork: (network) => inTurn(async () => (parts ? send("change", { ...parts, network }) : undefined)),
    sendWhole: () =>
      inTurn(async () => {
        state.told = {};
        await send("command", await lookAtAll());
        scheduleDaily();
      }),
    current: () => parts,
    stop() {
      stopped = true;
      for (const cancel of timers.values()) cancel();
    },
  };
  return reporter;
}
