/** What is measured side by side: the bundled agent, bare Node with and without its flags, Debian's zabbix-agent2. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CollectorProcess } from "../../support/collector-process.ts";
import { freePort } from "../../support/free-port.ts";

export interface Subject {
  name: string;
  child: ChildProcess;
}

/** As in agent/service/dianmao-agent.service. */
export const AGENT_FLAGS = ["--max-semi-space-size=1", "--max-old-space-size=32"];
const IDLE = "setInterval(() => {}, 1e9)";
const ZABBIX = "/usr/sbin/zabbix_agent2";
/** It refuses higher ports. */
const ZABBIX_PORT_MIN = 16_384;
const ZABBIX_PORT_MAX = 32_768;

export function startBareNode(flags: readonly string[]): Subject {
  const name = flags.length > 0 ? "bare Node, the agent's flags" : "bare Node";
  return { name, child: spawn(process.execPath, [...flags, "-e", IDLE], { stdio: "ignore" }) };
}

/** Bundled as for a PC, run by stock Node with the flags of the service unit. */
export async function startAgent(folder: string, collector: CollectorProcess): Promise<Subject> {
  const build = fileURLToPath(new URL("../../../bin/build-agent.mjs", import.meta.url));
  execFileSync(process.execPath, [build, folder]);
  const centre = ["--server", collector.apiUrl, "--ca-file", collector.caFile, "--name", "bench-pc"];
  const args = [...AGENT_FLAGS, join(folder, "agent.mjs"), "run", "--home", join(folder, "home"), ...centre];
  const env = { ...process.env, DIANMAO_TOKEN: await collector.siteToken() };
  return { name: "dianmao agent, connected", child: spawn(process.execPath, args, { stdio: "ignore", env }) };
}

/** Undefined where Debian's package is not installed. On loopback, with a server that does not answer. */
export async function startZabbix(folder: string): Promise<Subject | undefined> {
  if (!existsSync(ZABBIX)) return undefined;
  const config = join(folder, "zabbix.conf");
  const lines = [
    "LogType=console",
    "Server=127.0.0.1",
    "ServerActive=127.0.0.1",
    "Hostname=bench-pc",
    "ListenIP=127.0.0.1",
    `ListenPort=${((await freePort()) % ZABBIX_PORT_MAX) | ZABBIX_PORT_MIN}`,
    `ControlSocket=${join(folder, "control.sock")}`,
    `PluginSocket=${join(folder, "plugin.sock")}`,
    `PidFile=${join(folder, "zabbix.pid")}`,
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  return { name: "zabbix-agent2", child: spawn(ZABBIX, ["-c", config, "-f"], { stdio: "ignore" }) };
}
