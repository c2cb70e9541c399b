/** One look at everything, without a server and without a trace: what `agent collect` prints. */
import { join } from "node:path";
import { SILENT_LOG } from "../../protocol/log.ts";
import type { Parts } from "../../protocol/messages/records/posture.ts";
import type { ContractRecord } from "../../protocol/messages/records.ts";
import { type Clock, formatInstant } from "../../protocol/time.ts";
import { openAgentCollector } from "../agent-collector.ts";
import type { Os } from "../os/os.ts";
import { steadyBoot } from "../posture/steady.ts";
import { readNewPowerEvents } from "../power/read-power-events.ts";
import { openStateFile } from "../state.ts";

export interface SnapshotOptions {
  /** The agent's home; its memory is read (since when updates are pending, which boots were told), never written. */
  home: string;
  clamavDir: string;
}

/** The five parts as the contract has them, and the power records that a start of the agent would send now. */
export interface Snapshot extends Parts {
  at: string;
  powerEvents: Extract<ContractRecord, { kind: "power" }>[];
}

export async function takeSnapshot(options: SnapshotOptions, os: Os, clock: Clock): Promise<Snapshot> {
  const at = formatInstant(clock.now());
  const { state } = await openStateFile(join(options.home, "agent"), SILENT_LOG);
  const parts = await (await openAgentCollector(options, state, { os, clock, log: SILENT_LOG })).collectAll();
  const events = await readNewPowerEvents(os, state.power);
  return {
    at,
    identity: parts.identity.content,
    network: parts.network.content,
    antivirus: parts.antivirus.content,
    patch: parts.patch.content,
    power: steadyBoot(parts.power.content, state.boot).power,
    powerEvents: events.ok ? events.records.map((record) => ({ kind: "power", ...record })) : [],
  };
}
