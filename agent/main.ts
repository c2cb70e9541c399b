/** Composition root of the agent: wires probes, watches and reports to one source, and takes them down again in order. */
import type { ChildProcess } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";
import type { Log } from "../protocol/log.ts";
import type { ContractRecord } from "../protocol/messages/records.ts";
import type { Clock, Random } from "../protocol/time.ts";
import type { CentreTrust, OpenSource, Source, StopCause } from "../protocol/uplink/source.ts";
import { openAgentCollector } from "./agent-collector.ts";
import { handleDown } from "./commands.ts";
import { collectInventory } from "./inventory/collect.ts";
import { type InventoryReporter, startInventoryReporter } from "./inventory/reporter.ts";
import { readMachine } from "./machine.ts";
import { type NetworkReporting, startNetworkReporting } from "./network/reporting.ts";
import type { Os } from "./os/os.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import { PostureReporter } from "./posture/reporter.ts";
import { type PowerReporting, startPowerReporting } from "./power/reporting.ts";
import type { Collected, PartCollector } from "./probes/collector.ts";
import { isIdentity } from "./probes/network/address.ts";
import { PART_TABLE } from "./probes/table.ts";
import { scheduleDailyScript } from "./probes/windows/daily-schedule.ts";
import { bindState, openStateFile, type StateFile } from "./state.ts";
import { AGENT_VERSION } from "./version.ts";

export interface AgentOptions {
  /** Folder of all state. */
  home: string;
  centre?: { url: string; token?: string } & CentreTrust;
  /** `mqtts://host:port` instead of what the enrolment said. */
  broker?: string;
  /** The name wanted at enrolment. */
  name?: string;
  simulated?: boolean;
  /** Folder of ClamAV's databases. */
  clamavDir?: string;
  firstConnectSpreadMs?: number;
  /** The centre wants this PC to enrol anew, as another source: stop, forget the identity, start again. */
  onReEnrol?: () => void;
}

export interface AgentDeps {
  clock: Clock;
  random: Random;
  log: Log;
  os: Os;
  openSource: OpenSource;
  /** Starts `ip monitor`; undefined: address changes are noticed by polling. */
  spawnMonitor: (() => ChildProcess) | undefined;
}

export interface RunningAgent {
  source: Source;
  /** Resolves once the first looks are in the journal. */
  started: Promise<void>;
  /** Reports what is left, says `stopping`, disconnects. Idempotent. */
  stop(cause: StopCause): Promise<void>;
}

export const CLAMAV_DIR = "/var/lib/clamav";
/** Most of the 8 s that a stop may take; the source's own stop needs the rest. */
const FLUSH_MS = 2_500;
const POSTURE_HOURS = 24;
const DAY_MS = 24 * 3_600_000;

/** Folder of key, identity and journal. */
export function sourceFolder(home: string): string {
  return join(home, "agent", "source");
}

/**
 * Opens the source and starts looking; the first looks go on in the background.
 * Rejects as `openSource` does (`folder-locked`, `journal-io`, `broker-not-encrypted`, `not-enrolled`), and with `machine-unread`.
 */
export async function runAgent(options: AgentOptions, deps: AgentDeps): Promise<RunningAgent> {
  const folder = join(options.home, "agent");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await openStateFile(folder, deps.log);
  const source = await openAgentSource(options, deps, file.state.settings?.journalDays);
  bindState(file.state, source.state().epoch);
  const { home, clamavDir = CLAMAV_DIR } = options;
  const collector = await openAgentCollector({ home, clamavDir }, file.state, deps);
  return new Agent(deps, { folder, file, source, collector, reEnrol: options.onReEnrol ?? (() => {}) });
}

interface AgentParts {
  folder: string;
  file: StateFile;
  source: Source;
  collector: PartCollector;
  reEnrol: () => void;
}

class Agent implements RunningAgent {
  readonly source: Source;
  readonly started: Promise<void>;
  readonly #deps: AgentDeps;
  readonly #parts: AgentParts;
  readonly #outbox: Outbox;
  readonly #reporter: PostureReporter;
  readonly #power: PowerReporting;
  readonly #inventory: InventoryReporter;
  readonly #stopDaily: () => void;
  readonly #unsubscribe: () => void;
  #network: NetworkReporting | undefined;
  #stopping: Promise<void> | undefined;

  constructor(deps: AgentDeps, parts: AgentParts) {
    const { file, source, folder } = parts;
    const append = (record: ContractRecord) => source.append(record);
    this.#deps = deps;
    this.#parts = parts;
    this.source = source;
    this.#outbox = createOutbox({ ...deps, append });
    this.#power = startPowerReporting({ ...deps, uptimeSeconds: uptime, file, put: this.#outbox.put });
    this.#reporter = new PostureReporter({
      ...deps,
      collector: parts.collector,
      table: PART_TABLE,
      file,
      append,
      lostSome: lossWatch(source),
      holdingNetwork: () => this.#network?.holding() ?? false,
      postureHours: () => file.state.settings?.postureHours ?? POSTURE_HOURS,
    });
    const collect = () => collectInventory(deps.os);
    this.#inventory = startInventoryReporter({ ...deps, folder, file, collect, append });
    this.#stopDaily = scheduleDailyScript({
      ...deps,
      lastAt: file.state.daily?.at,
      done: async (snapshot) => {
        file.state.daily = snapshot;
        await this.#reporter.refresh(["antivirus", "patch"]);
      },
    });
    this.#unsubscribe = this.#listen();
    this.started = this.#start().catch((error: unknown) => {
      if (!this.#stopping) deps.log.error({ error }, "the first looks failed");
    });
  }

  stop(cause: StopCause): Promise<void> {
    this.#stopping ??= this.#stop(cause);
    return this.#stopping;
  }

  async #start(): Promise<void> {
    const { file, collector } = this.#parts;
    this.#logged(this.#power.catchUp(), "power events could not be reported");
    // A full journal is no reason to be blind to the network from then on; the reporter says that it failed.
    await this.#reporter.start().catch(() => undefined);
    const seen = this.#reporter.current?.network;
    if (this.#stopping || !seen) return;
    const acceptNetwork = (network: Collected<"network">) => this.#reporter.acceptNetwork(network);
    const own = { collector, file, put: this.#outbox.put, acceptNetwork };
    this.#network = startNetworkReporting(seen, { ...this.#deps, ...own });
    await file.save();
  }

  async #stop(cause: StopCause): Promise<void> {
    this.#unsubscribe();
    this.#stopDaily();
    this.#network?.stop();
    for (const part of [this.#inventory, this.#power, this.#reporter, this.#outbox]) part.stop();
    // Nothing can be acknowledged over a line that is not there.
    if (this.source.state().connected) await this.source.flush(FLUSH_MS);
    const { log } = this.#deps;
    await this.#parts.file
      .save()
      .catch((error: unknown) => log.error({ error }, "the agent's state could not be kept"));
    await this.source.stop(cause);
    log.info({ cause }, "agent stopped");
  }

  /** Everything that comes from the centre. Returns the function that stops listening. */
  #listen(): () => void {
    const { file, reEnrol } = this.#parts;
    const failure = "a message from the centre could not be followed";
    const deps = { ...this.#deps, file, collectNow: () => this.#sendWhole(), reEnrol };
    const unsubscribers = [
      this.source.onDown((message) => this.#logged(handleDown(message, deps), failure)),
      this.source.onReplay(() => this.#logged(this.#sendWhole(), failure)),
      this.source.onLocalAddress((address) => {
        if (address === file.state.brokerAddress || !isIdentity(address)) return;
        file.state.brokerAddress = address;
        this.#logged(this.#reporter.refresh(["network"]), failure);
      }),
    ];
    return () => {
      for (const unsubscribe of unsubscribers) unsubscribe();
    };
  }

  async #sendWhole(): Promise<void> {
    this.#inventory.wholeAgain();
    await this.#reporter.sendWhole();
  }

  #logged(work: Promise<void>, message: string): void {
    work.catch((error: unknown) => this.#deps.log.error({ error }, message));
  }
}

/** The source of this PC, without anything that reports to it yet. */
export async function openAgentSource(
  options: AgentOptions,
  { clock, random, log, os, openSource }: AgentDeps,
  journalDays?: number,
): Promise<Source> {
  const machine = await readMachine(os);
  const { centre, broker, name, simulated, firstConnectSpreadMs } = options;
  return openSource(
    {
      home: sourceFolder(options.home),
      kind: "agent",
      machine: machine.hash,
      fingerprint: machine.fingerprint,
      hostname: os.hostname(),
      version: AGENT_VERSION,
      ...(centre && { centre }),
      ...(broker && { broker }),
      ...(name && { wanted: name }),
      ...(simulated && { simulated }),
      ...(firstConnectSpreadMs !== undefined && { firstConnectSpreadMs }),
      ...(journalDays !== undefined && { journal: { replayMs: journalDays * DAY_MS } }),
    },
    { clock, random, log },
  );
}

/** Postures are the first to give way in a full journal: once one went, it is not known what the centre was told. */
function lossWatch(source: Source): () => boolean {
  let lost = 0;
  return () => {
    const { sacrificed, damaged } = source.state().counters;
    const more = sacrificed + damaged > lost;
    lost = sacrificed + damaged;
    return more;
  };
}
