/** The collector of this PC's parts: the table of probes, with what the agent is told and remembers. */
import type { Log } from "../protocol/log.ts";
import type { Clock } from "../protocol/time.ts";
import { readAntivirusRules } from "./antivirus-rules-file.ts";
import type { Os } from "./os/os.ts";
import { createPartCollector, type PartCollector } from "./probes/collector.ts";
import { PART_TABLE } from "./probes/table.ts";
import type { AgentState } from "./state.ts";
import { AGENT_VERSION } from "./version.ts";

/** @param state What is remembered at the time of each look counts. */
export async function openAgentCollector(
  { home, clamavDir }: { home: string; clamavDir: string },
  state: AgentState,
  deps: { os: Os; clock: Clock; log: Log },
): Promise<PartCollector> {
  const antivirusRules = await readAntivirusRules(home, deps.log);
  const context = () => ({
    agentVersion: AGENT_VERSION,
    clamavDir,
    antivirusRules,
    brokerAddress: state.brokerAddress,
    pendingSince: new Map(Object.entries(state.pendingSince)),
    daily: state.daily,
  });
  return createPartCollector({ ...deps, table: PART_TABLE, context });
}
