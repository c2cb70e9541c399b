/** Wires monitor, looks and hold machine to records: `ip-change` for addresses, and the network as it held for the posture. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Log } from "../../protocol/log.ts";
import type { Adapter } from "../../protocol/messages/records/posture.ts";
import type { ContractRecord } from "../../protocol/messages/records.ts";
import { type Clock, formatInstant } from "../../protocol/time.ts";
import type { Os } from "../os/os.ts";
import type { Collected, PartCollector } from "../probes/collector.ts";
import type { StateFile } from "../state.ts";
import { type HeldChange, HOLD_DEFAULT, type HoldLimits } from "./hold.ts";
import { addressesOf, asLastReported, ipChangeOf } from "./ip-change.ts";
import { NetworkMonitor } from "./monitor.ts";
import { NetworkWatch } from "./watch.ts";

export interface NetworkReportingDeps {
  clock: Clock;
  log: Log;
  os: Os;
  collector: PartCollector;
  file: StateFile;
  put: (record: ContractRecord) => Promise<void>;
  acceptNetwork: (network: Collected<"network">) => Promise<void>;
  /** Starts `ip monitor`; undefined where there is none. */
  spawnMonitor: (() => ChildProcess) | undefined;
}

export interface NetworkReporting {
  holding(): boolean;
  stop(): void;
}

/** How long after the start an adapter without an address is given the time of a slow DHCP server. */
const SETTLING_MS = 90_000;
const SETTLING_HOLD_MS = 60_000;

/** @param now The network as the start posture told it. */
export function startNetworkReporting(now: Collected<"network">, deps: NetworkReportingDeps): NetworkReporting {
  const { clock, log, os, collector, file, spawnMonitor } = deps;
  const { state } = file;
  const startedMs = clock.monotonic();
  const baseline = asLastReported(adaptersOf(now) ?? [], state.addresses);
  state.addresses ??= addressesOf(baseline);
  let looked = now;
  const watch = new NetworkWatch(baseline, {
    clock,
    log,
    look: async () => {
      looked = await collector.collect("network");
      return adaptersOf(looked);
    },
    limits: () => holdLimits(state.settings?.holdSeconds, clock.monotonic() - startedMs),
    report: async (changes, believed, nowMs) => {
      await reportChanges(changes, nowMs, deps);
      state.addresses = addressesOf(believed);
      await deps.acceptNetwork(withAdapters(looked, believed));
      await file.save();
    },
  });
  const snapshot = () => JSON.stringify(os.networkInterfaces());
  const monitor = new NetworkMonitor({ clock, log, spawnMonitor, snapshot, onChange: () => watch.sign() });
  watch.sign();
  return {
    holding: () => watch.holding(),
    stop() {
      monitor.stop();
      watch.stop();
    },
  };
}

/** What was looked at, but with adapters that are still held back as they were before. */
function withAdapters(network: Collected<"network">, believed: readonly Adapter[]): Collected<"network"> {
  const { adapters, primary } = network.content;
  if (!("value" in adapters)) return network;
  const value = [...believed].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { ...network, content: { adapters: { ...adapters, value }, primary } };
}

function holdLimits(holdSeconds: number | undefined, sinceStartMs: number): HoldLimits {
  const holdMs = holdSeconds === undefined ? HOLD_DEFAULT.holdMs : holdSeconds * 1000;
  return {
    holdMs,
    maxMs: Math.max(HOLD_DEFAULT.maxMs, holdMs),
    lostMs: sinceStartMs < SETTLING_MS ? Math.max(SETTLING_HOLD_MS, holdMs) : undefined,
  };
}

/** The record's time is when the address came, not when it was believed. */
async function reportChanges(
  changes: readonly HeldChange[],
  nowMs: number,
  { clock, log, put }: NetworkReportingDeps,
): Promise<void> {
  for (const change of changes) {
    const body = ipChangeOf(change, nowMs);
    if (!body) continue;
    log.info({ adapter: body.adapter, from: body.from, to: body.to }, "addresses changed");
    await put({ kind: "ip-change", at: formatInstant(clock.now() - (nowMs - change.sinceMs)), body });
  }
}

function adaptersOf({ content }: Collected<"network">): Adapter[] | undefined {
  return "value" in content.adapters ? content.adapters.value : undefined;
}

/** 3 MiB of memory, 3 to 5 ms from a change to its line. */
export function spawnIpMonitor(): ChildProcess {
  return spawn("ip", ["-o", "monitor", "address", "link", "route"], { stdio: ["ignore", "pipe", "ignore"] });
}
