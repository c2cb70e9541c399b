/**
 * `npm run bench -- agent [--minutes 10] [--json]`: memory and processor time of a connected agent beside bare Node and
 * zabbix-agent2 in the same run. The start (first look at the PC) is measured apart from the idle time after it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type CollectorProcess, startCollector } from "../support/collector-process.ts";
import { type Usage, usageOf } from "./agent/proc.ts";
import { AGENT_FLAGS, type Subject, startAgent, startBareNode, startZabbix } from "./agent/subjects.ts";

const CONNECT_MS_MAX = 90_000;
/** From the connection until the first look at the PC is long over. */
const START_MS = 20_000;
const GOAL = { aboveBareMib: 25, cpuPercent: 0.1 };

export interface Row {
  name: string;
  rssMib: number;
  rssMaxMib: number;
  pssMib: number;
  /** Of everything until the first look is over, ms. */
  startCpuMs: number;
  /** Of one processor, over the time after the start. */
  idleCpuPercent: number;
}

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { minutes: { type: "string" }, json: { type: "boolean" } } });
  const rows = await measureAgent(Number(values.minutes ?? 10) * 60_000);
  if (values.json) console.log(JSON.stringify(rows));
  else print(rows);
}

/** Rows in the order agent, bare Node, bare Node with the agent's flags, zabbix-agent2 if there is one. */
export async function measureAgent(durationMs: number): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "dianmao-bench-agent-"));
  const collector = await startCollector();
  const subjects: Subject[] = [];
  try {
    subjects.push(await startAgent(folder, collector), startBareNode([]), startBareNode(AGENT_FLAGS));
    const zabbix = await startZabbix(folder);
    if (zabbix) subjects.push(zabbix);
    await untilConnected(collector);
    await pause(START_MS);
    const started = subjects.map(usage);
    await pause(durationMs);
    if (!(await isConnected(collector))) throw new Error("the agent lost its connection");
    return subjects.map((subject, index) => rowOf(subject, started[index] as Usage, usage(subject), durationMs));
  } finally {
    for (const { child } of subjects) child.kill();
    await collector.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

function usage({ name, child }: Subject): Usage {
  if (child.pid === undefined || child.exitCode !== null) throw new Error(`${name} has ended (${child.exitCode})`);
  return usageOf(child.pid);
}

/** Idle memory of an agent that could not connect would be a lie. */
async function untilConnected(collector: CollectorProcess): Promise<void> {
  const until = performance.now() + CONNECT_MS_MAX;
  while (!(await isConnected(collector))) {
    if (performance.now() > until) throw new Error(`the agent did not connect within ${CONNECT_MS_MAX} ms`);
    await pause(500);
  }
}

async function isConnected(collector: CollectorProcess): Promise<boolean> {
  const { items } = await (await collector.api()).get<{ items: { source: string; presence: string }[] }>("/machines");
  return items.some(({ source, presence }) => source.startsWith("bench-pc") && presence === "online");
}

function rowOf({ name }: Subject, before: Usage, after: Usage, durationMs: number): Row {
  return {
    name,
    rssMib: after.rssKib / 1024,
    rssMaxMib: after.rssMaxKib / 1024,
    pssMib: after.pssKib / 1024,
    startCpuMs: before.cpuMs,
    idleCpuPercent: ((after.cpuMs - before.cpuMs) / durationMs) * 100,
  };
}

function print(rows: readonly Row[]): void {
  const [agent, bare, , zabbix] = rows as [Row, Row, Row, Row?];
  console.log(
    `${"".padEnd(30)}${["RSS", "highest", "PSS", "CPU at start", "idle CPU"].map((head) => head.padStart(13)).join("")}`,
  );
  for (const row of rows) {
    const cells = [
      ...[row.rssMib, row.rssMaxMib, row.pssMib].map((mib) => `${mib.toFixed(1)} MiB`),
      `${row.startCpuMs.toFixed(0)} ms`,
      `${row.idleCpuPercent.toFixed(3)} %`,
    ];
    console.log(row.name.padEnd(30) + cells.map((cell) => cell.padStart(13)).join(""));
  }
  const above = agent.rssMib - bare.rssMib;
  console.log(
    `\nabove bare Node: ${above.toFixed(1)} MiB (goal at most ${GOAL.aboveBareMib}): ${verdict(above <= GOAL.aboveBareMib)}`,
  );
  console.log(
    `idle CPU: ${agent.idleCpuPercent.toFixed(3)} % (goal below ${GOAL.cpuPercent}): ${verdict(agent.idleCpuPercent < GOAL.cpuPercent)}`,
  );
  console.log(
    `ratio of RSS to bare Node: ${(agent.rssMib / bare.rssMib).toFixed(2)}${zabbix ? `, to zabbix-agent2: ${(agent.rssMib / zabbix.rssMib).toFixed(2)}` : ""}`,
  );
}

function verdict(isMet: boolean): string {
  return isMet ? "met" : "missed";
}
