/** Composition root of the agent: wires probes, watches and reports to one source, and takes them down again in order. */
import type { ChildProcess } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";
import type { Log } from "../protocol/log.ts";
import type { Clock, Random } from "../protocol/time.ts";
import type { CentreTrust, OpenSource, Source, StopCause } from "../protocol/uplink/source.ts";
import { readAntivirusRules } from "./antivirus-rules-file.ts";
import { handleDown } from "./commands.ts";
import { collectInventory } from "./inventory/collect.ts";
import { startInventoryReporter } from "./inventory/reporter.ts";
import { readMachine } from "./machine.ts";
import { type NetworkReporting, startNetworkReporting } from "./network/reporting.ts";
import type { Os } from "./os/os.ts";
import { createOutbox } from "./outbox.ts";
import { createReporter, type Reporter } from "./posture/reporter.ts";
import { startPowerReporting } from "./power/reporting.ts";
import { createPartCollector, type PartCollector } from "./probes/collector.ts";
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

/** Folder of key, identity and journal. */
export function sourceFolder(home: string): string {
  return join(home, "agent", "source");
}

/**
 * Opens the source and starts looking; the first looks go on in the background.
 * Rejects as `openSource` does (`folder-locked`, `journal-io`, `broker-not-encrypted`, `not-enrolled`).
 */
export async function runAgent(options: AgentOptions, deps: AgentDeps): Promise<RunningAgent> {
  const { clock, random, log, os } = deps;
  const folder = join(options.home, "agent");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await openStateFile(folder, log);
  const source = await openAgentSource(options, deps);
  bindState(file.state, source.state().epoch);
  const outbox = createOutbox({ clock, log, append: (record) => source.append(record) });
  const collector = await createCollector(options, deps, file);
  const power = startPowerReporting({ clock, log, os, uptimeSeconds: uptime, file, put: outbox.put });
  let network: NetworkReporting | undefined;
  const reporter = createReporter({
    clock,
    random,
    log,
    os,
    collector,
    table: PART_TABLE,
    file,
    append: (record) => source.append(record),
    lostSome: lossWatch(source),
    holdingNetwork: () => network?.holding() ?? false,
    postureHours: () => file.state.settings?.postureHours ?? POSTURE_HOURS,
  });
  const inventory = startInventoryReporter({
    clock,
    random,
    log,
    folder,
    file,
    collect: () => collectInventory(os),
    append: (record) => source.append(record),
  });
  const stopDaily = scheduleDailyScript({
    clock,
    random,
    log,
    os,
    lastAt: file.state.daily?.at,
    done: async (snapshot) => {
      file.state.daily = snapshot;
      await reporter.refresh(["antivirus", "patch"]);
    },
  });
  const sendWhole = async () => {
    inventory.wholeAgain();
    await reporter.sendWhole();
  };
  const reEnrol = options.onReEnrol ?? (() => {});
  const unsubscribe = listen(source, deps, { file, reporter, sendWhole, reEnrol });
  let stopping: Promise<void> | undefined;

  async function start(): Promise<void> {
    void power.catchUp().catch((error: unknown) => log.error({ error }, "power events could not be reported"));
    await reporter.start();
    const seen = reporter.current();
    if (stopping || !seen) return;
    const acceptNetwork = reporter.acceptNetwork;
    const { spawnMonitor } = deps;
    const networkDeps = { clock, log, os, collector, file, put: outbox.put, acceptNetwork, spawnMonitor };
    network = startNetworkReporting(seen.network, networkDeps);
    await file.save();
  }

  async function stop(cause: StopCause): Promise<void> {
    for (const end of [unsubscribe, stopDaily, inventory.stop, power.stop, reporter.stop]) end();
    network?.stop();
    outbox.stop();
    // Nothing can be acknowledged over a line that is not there.
    if (source.state().connected) await source.flush(FLUSH_MS);
    await source.stop(cause);
    log.info({ cause }, "agent stopped");
  }

  const started = start().catch((error: unknown) => {
    if (!stopping) log.error({ error }, "the first looks failed");
  });
  return {
    source,
    started,
    stop(cause) {
      stopping ??= stop(cause);
      return stopping;
    },
  };
}

/** The source of this PC, without anything that reports to it yet. */
export async function openAgentSource(
  options: AgentOptions,
  { clock, random, log, os, openSource }: AgentDeps,
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
    },
    { clock, random, log },
  );
}

async function createCollector(
  options: AgentOptions,
  { clock, log, os }: AgentDeps,
  { state }: StateFile,
): Promise<PartCollector> {
  const antivirusRules = await readAntivirusRules(options.home, log);
  const context = () => ({
    agentVersion: AGENT_VERSION,
    clamavDir: options.clamavDir ?? CLAMAV_DIR,
    antivirusRules,
    brokerAddress: state.brokerAddress,
    pendingSince: new Map(Object.entries(state.pendingSince)),
    daily: state.daily,
  });
  return createPartCollector({ os, clock, log, table: PART_TABLE, context });
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

interface Listening {
  file: StateFile;
  reporter: Reporter;
  sendWhole: () => Promise<void>;
  reEnrol: () => void;
}

/** Everything that comes from the centre. Returns the function that stops listening. */
function listen(
  source: Source,
  { clock, log }: AgentDeps,
  { file, reporter, sendWhole, reEnrol }: Listening,
): () => void {
  const logged = (work: Promise<void>) =>
    work.catch((error: unknown) => log.error({ error }, "a message from the centre could not be followed"));
  const deps = { clock, log, file, collectNow: sendWhole, reEnrol };
  const unsubscribers = [
    source.onDown((message) => void logged(handleDown(message, deps))),
    source.onReplay(() => void logged(sendWhole())),
    source.onLocalAddress((address) => {
      if (address === file.state.brokerAddress || !isIdentity(address)) return;
      file.state.brokerAddress = address;
      void logged(reporter.refresh(["network"]));
    }),
  ];
  return () => {
    for (const unsubscribe of unsubscribers) unsubscribe();
  };
}
