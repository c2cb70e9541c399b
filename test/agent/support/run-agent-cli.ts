/** Starts the agent's command line from source, as a user would from the installed package. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ENTRY = fileURLToPath(new URL("./agent-cli.ts", import.meta.url));
const LIMIT_MS = 60_000;

export function runAgentCli(args: readonly string[], env: Record<string, string> = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, ["--import", "tsx", ENTRY, ...args], {
    encoding: "utf8",
    timeout: LIMIT_MS,
    env: { ...process.env, DIANMAO_HOME: "", ...env },
  });
}
