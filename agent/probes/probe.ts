/** What a probe is: one part of the posture from one operating system. */
import type { PartName, Parts } from "../../protocol/messages/records/posture.ts";
import type { Os } from "../os/os.ts";
import type { ProductRule } from "./antivirus/rule.ts";
import type { Facts } from "./facts.ts";
import type { DailySnapshot } from "./windows/daily-snapshot.ts";

/** Everything a probe may read. */
export interface ProbeContext {
  os: Os;
  facts: Facts;
  agentVersion: string;
  /** Folder of ClamAV's databases. */
  clamavDir: string;
  antivirusRules: readonly ProductRule[];
  /** The source address of the connection to the broker, while there is one that is not loopback. */
  brokerAddress?: string | undefined;
  /** When each pending security update was first seen, by package name; what the last collection left. */
  pendingSince: ReadonlyMap<string, string>;
  /** Windows: what the one PowerShell of the day found; absent before the first. */
  daily?: DailySnapshot | undefined;
}

export type Probe<Name extends PartName> = (context: ProbeContext) => Promise<Parts[Name]>;
