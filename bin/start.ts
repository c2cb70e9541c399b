/** `npm start`: the centre and this PC's agent, and on request a simulated hall, with a plain account of how things stand. */
import { mkdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { Command } from "commander";
import { type ApiClient, apiClient, defaultHome } from "../collector/cli/api-client.ts";
import { EXIT_FOUND_OR_FAILED, port } from "../collector/cli/command.ts";
import type { MachineView } from "../collector/console/queries/machines.ts";
import { readRunFile } from "../collector/run-file.ts";
import type { Identity } from "../protocol/uplink/identity.ts";
import { type Child, startChild, TOKEN_VARIABLE } from "./children.ts";
import { startHall } from "./hall.ts";
import { LogFile } from "./log-file.ts";
import { type Ready, tellEnded, tellEvents, tellMachine, tellRegistration, tellWhere } from "./story.ts";

interface StartFlags {
  home?: string;
  host?: string;
  apiPort?: number;
  mqttPort?: number;
  simulate?: boolean;
  seed: string;
}

/** The first look at a PC asks the package manager, which takes its time. */
const FIRST_POSTURE_MS = 60_000;
const POLL_MS = 500;
const ANSWER_MS = 1_000;
const LOG_FILE = "start.log";
/** What waits for its commit lives longer than node's young generation of 16 MiB expects: a sixth more records a second. */
const COLLECTOR_FLAGS = ["--max-semi-space-size=64"];
/** Of what a collector said that did not start. */
const LINES_SHOWN = 20;

export function startCommand(): Command {
  return new Command("start")
    .description("采集中心和本机代理一起运行 / the centre and this PC's agent together")
    .option("--home <dir>", "数据目录 / home folder (DIANMAO_HOME)")
    .option("--host <address>", "监听地址，默认只监听本机 / listen here (127.0.0.1)")
    .option("--api-port <n>", "HTTPS 端口 / port of the API, 0 = any (8443)", port)
    .option("--mqtt-port <n>", "MQTT 端口 / port of the broker, 0 = any (8883)", port)
    .option("--simulate", "另外模拟 3 台考勤机和 40 台电脑 / add 3 simulated clocks and 40 PCs")
    .option("--seed <n>", "模拟的种子 / seed of the simulation", "1")
    .action(start);
}

async function start(flags: StartFlags): Promise<void> {
  const home = flags.home ?? defaultHome();
  const run = await readRunFile(home);
  if (run && (await isAnswering(run.apiUrl))) {
    console.error(`已经在运行（${home}）。用 dianmao status 查看，或先停止它。\nAlready running in ${home}.`);
    process.exitCode = EXIT_FOUND_OR_FAILED;
    return;
  }
  await mkdir(home, { recursive: true, mode: 0o700 });
  const log = new LogFile(join(home, LOG_FILE));
  const children: Child[] = [];
  const stopped = untilStopped();
  try {
    await Promise.race([begin({ home, flags, children, log, stop: stopped }), stopped.promise]);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = EXIT_FOUND_OR_FAILED;
  } finally {
    console.log("\n正在停止… Stopping …");
    const [collector, ...sources] = children;
    // Sources say goodbye while there is somebody to hear it.
    await Promise.all(sources.map((child) => child.stop()));
    await collector?.stop();
    console.log("已停止。Stopped.");
  }
  // What was being waited for no longer matters.
  process.exit();
}

/** A run file outlives a power cut, and the number of its process may be another's by now. */
function isAnswering(apiUrl: string): Promise<boolean> {
  const { hostname, port } = new URL(apiUrl);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port), timeout: ANSWER_MS });
    const settle = (answers: boolean) => () => {
      socket.destroy();
      resolve(answers);
    };
    socket.on("connect", settle(true)).on("error", settle(false)).on("timeout", settle(true));
  });
}

interface Run {
  home: string;
  flags: StartFlags;
  /** The centre first. */
  children: Child[];
  log: LogFile;
  stop: Stop;
}

interface Stop {
  promise: Promise<void>;
  signal: AbortSignal;
}

function untilStopped(): Stop {
  const controller = new AbortController();
  const promise = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        controller.abort();
        resolve();
      });
    }
  });
  return { promise, signal: controller.signal };
}

/** Ends only when the centre ends by itself, or when it is told to stop. */
async function begin(run: Run): Promise<void> {
  const ready = await startCollectorChild(run);
  await Promise.race([work(run, ready), untilCentreEnds(run)]);
}

async function work(run: Run, ready: Ready): Promise<void> {
  const { home, flags, children, log, stop } = run;
  const api = await apiClient({ home });
  tellWhere({ home, log: log.path, ...ready });
  const source = await startAgentChild(run, ready, api);
  if (flags.simulate) await startHall({ home, ready, api, seed: flags.seed, children, log });
  // They are missed, and told of; the others go on.
  for (const child of children.slice(1))
    void child.ended.then(() => child.isStopping || tellEnded(child.name, log.path));
  const machine = await firstPosture(api, source, stop.signal);
  if (machine) {
    await tellMachine(api, machine);
    tellRegistration(machine, home === defaultHome() ? "" : ` --home '${home}'`);
  }
  await tellEvents(api, stop.signal);
}

async function untilCentreEnds({ children: [centre], log }: Run): Promise<never> {
  await centre?.ended;
  throw new Error(`采集中心意外结束，原因见 ${log.path}。The collector ended by itself; the log says why.`);
}

async function startCollectorChild({ home, flags, children, log }: Run): Promise<Ready> {
  const args = ["collector", "run", "--home", home];
  if (flags.host) args.push("--host", flags.host);
  if (flags.apiPort !== undefined) args.push("--api-port", String(flags.apiPort));
  if (flags.mqttPort !== undefined) args.push("--mqtt-port", String(flags.mqttPort));
  const lines: string[] = [];
  const keep = (line: string) => {
    log.write(line);
    lines.push(line);
    if (lines.length > LINES_SHOWN) lines.shift();
  };
  const child = startChild({ name: "采集中心 collector", args, log: { write: keep }, nodeFlags: COLLECTOR_FLAGS });
  children.push(child);
  const outcome = await child.ready();
  if (!outcome.ready) throw new Error(`采集中心没有启动。The collector did not start:\n${lines.join("\n")}`);
  return outcome.message as unknown as Ready;
}

/** This PC enrols over loopback with a one-time token that approves: whoever starts the centre on it vouches for its certificate. */
async function startAgentChild(
  { home, children, log }: Run,
  { apiUrl, mqttUrl, caFile }: Ready,
  api: ApiClient,
): Promise<string> {
  const env: Record<string, string> = {};
  const args = ["agent", "run", "--home", home, "--server", apiUrl, "--broker", mqttUrl, "--ca-file", caFile];
  const readOwn = await ownIdentity(home);
  if (!(await readOwn())) {
    const { token } = await api.post<{ token: string }>("/enrolment-tokens", { label: "本机 / this PC" });
    env[TOKEN_VARIABLE] = token;
  }
  const agent = startChild({ name: "本机代理 agent", args, log, env });
  children.push(agent);
  const ended = agent.ended.then(() => {
    throw new Error(`本机代理没有启动，原因见 ${log.path}。The agent of this PC did not start; the log says why.`);
  });
  return Promise.race([enrolledSource(readOwn), ended]);
}

/** Reads the identity of this PC's agent; one that another machine left in this home is none, for the agent will not use it. */
async function ownIdentity(home: string): Promise<() => Promise<Identity | undefined>> {
  const [{ sourceFolder }, { readMachine }, { systemOs }, { isOwn, readIdentity }] = await Promise.all([
    import("../agent/main.ts"),
    import("../agent/machine.ts"),
    import("../agent/os/system-os.ts"),
    import("../protocol/uplink/identity.ts"),
  ]);
  const { hash } = await readMachine(systemOs());
  return async () => {
    const identity = await readIdentity(sourceFolder(home));
    return identity && isOwn(identity, hash) ? identity : undefined;
  };
}

async function enrolledSource(readOwn: () => Promise<Identity | undefined>): Promise<string> {
  for (;;) {
    const identity = await readOwn();
    if (identity) return identity.source;
    await pause(POLL_MS);
  }
}

async function firstPosture(api: ApiClient, source: string, signal: AbortSignal): Promise<MachineView | undefined> {
  const until = Date.now() + FIRST_POSTURE_MS;
  while (!signal.aborted && Date.now() < until) {
    const machine = await api.get<MachineView>(`/machines/${source}`).catch(() => undefined);
    if (machine?.os) return machine;
    await pause(POLL_MS);
  }
  if (!signal.aborted)
    console.log("本机的状态还没有收到；稍后用 dianmao machines 查看。This PC's state has not arrived yet.");
  return undefined;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
