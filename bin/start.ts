/** `npm start`: the centre and this PC's agent, and on request a simulated hall, with a plain account of how things stand. */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { type ApiClient, apiClient, defaultHome } from "../collector/cli/api-client.ts";
import { EXIT_FOUND_OR_FAILED } from "../collector/cli/command.ts";
import { addClock } from "../collector/clocks/config.ts";
import type { MachineView } from "../collector/console/queries/machines.ts";
import { readRunFile } from "../collector/run-file.ts";
import { type Child, startChild } from "./children.ts";
import { tellEvents, tellMachine, tellWhere } from "./story.ts";

interface StartFlags {
  home?: string;
  host?: string;
  apiPort?: string;
  mqttPort?: string;
  simulate?: boolean;
  seed: string;
}

interface Ready {
  apiUrl: string;
  mqttUrl: string;
  caFile: string;
  caFingerprint: string;
}

/** From which the children take their enrolment token. */
const TOKEN_VARIABLE = "DIANMAO_TOKEN";
const SIMULATED_CLOCKS = 3;
const SIMULATED_PCS = 40;
/** The first look at a PC asks the package manager, which takes its time. */
const FIRST_POSTURE_MS = 60_000;
const POLL_MS = 500;

export function startCommand(): Command {
  return new Command("start")
    .description("采集中心和本机代理一起运行 / the centre and this PC's agent together")
    .option("--home <dir>", "数据目录 / home folder (DIANMAO_HOME)")
    .option("--host <address>", "监听地址，默认只监听本机 / listen here (127.0.0.1)")
    .option("--api-port <n>", "HTTPS 端口 / port of the API, 0 = any (8443)")
    .option("--mqtt-port <n>", "MQTT 端口 / port of the broker, 0 = any (8883)")
    .option("--simulate", "另外模拟 3 台考勤机和 40 台电脑 / add 3 simulated clocks and 40 PCs")
    .option("--seed <n>", "模拟的种子 / seed of the simulation", "1")
    .action(start);
}

async function start(flags: StartFlags): Promise<void> {
  const home = flags.home ?? defaultHome();
  if (await readRunFile(home)) {
    console.error(`已经在运行（${home}）。用 dianmao status 查看，或先停止它。\nAlready running in ${home}.`);
    process.exitCode = EXIT_FOUND_OR_FAILED;
    return;
  }
  await mkdir(home, { recursive: true, mode: 0o700 });
  const children: Child[] = [];
  const stopped = untilStopped();
  try {
    await Promise.race([begin(home, flags, children, stopped), stopped.promise]);
    await stopped.promise;
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

async function begin(home: string, flags: StartFlags, children: Child[], stop: Stop): Promise<void> {
  const ready = await startCollectorChild(home, flags, children);
  const api = await apiClient({ home });
  tellWhere({ home, ...ready });
  const source = await startAgentChild(home, ready, api, children);
  if (flags.simulate) await startHall(home, ready, api, flags.seed, children);
  const machine = await firstPosture(api, source, stop.signal);
  if (machine) await tellMachine(api, machine);
  await tellEvents(api, stop.signal);
}

async function startCollectorChild(home: string, flags: StartFlags, children: Child[]): Promise<Ready> {
  const args = ["collector", "run", "--home", home];
  if (flags.host) args.push("--host", flags.host);
  if (flags.apiPort) args.push("--api-port", flags.apiPort);
  if (flags.mqttPort) args.push("--mqtt-port", flags.mqttPort);
  const lines: string[] = [];
  const child = startChild(args, (line, stream) => {
    if (stream === "err") lines.push(line);
    if (lines.length > 20) lines.shift();
  });
  children.push(child);
  const outcome = await child.ready();
  if (!outcome.ready) throw new Error(`采集中心没有启动：\n${lines.join("\n")}`);
  return outcome.message as unknown as Ready;
}

/** This PC enrols over loopback with a one-time token, and is approved: whoever starts the centre on it vouches for it. */
async function startAgentChild(
  home: string,
  { apiUrl, caFile }: Ready,
  api: ApiClient,
  children: Child[],
): Promise<string> {
  const env: Record<string, string> = {};
  const isEnrolled = (await readdir(join(home, "agent", "source")).catch((): string[] => [])).includes("identity.json");
  const args = ["agent", "run", "--home", home, "--server", apiUrl, "--ca-file", caFile];
  if (!isEnrolled) {
    const { token } = await api.post<{ token: string }>("/enrolment-tokens", { label: "本机 / this PC" });
    env[TOKEN_VARIABLE] = token;
  }
  const agent = startChild(args, () => {}, env);
  children.push(agent);
  const ended = agent.ready().then(({ ready }) => {
    if (!ready)
      throw new Error("本机代理没有启动，用 dianmao agent run --verbose 查看原因。The agent of this PC did not start.");
    return enrolledSource(home);
  });
  return Promise.race([enrolledSource(home), ended]);
}

async function enrolledSource(home: string): Promise<string> {
  const { readIdentity } = await import("../protocol/uplink/identity.ts");
  for (;;) {
    const identity = await readIdentity(join(home, "agent", "source"));
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

/** A hall somewhere else: clocks on pseudo terminals, a reader of its own, PCs with agents of their own. */
async function startHall(home: string, ready: Ready, api: ApiClient, seed: string, children: Child[]): Promise<void> {
  const hallHome = join(home, "simulated-hall");
  const { token } = await api.post<{ token: string }>("/enrolment-tokens", {
    purpose: "enrol-site",
    label: "模拟大厅 / simulated hall",
    days: 1,
    simulated: true,
  });
  await mkdir(hallHome, { recursive: true, mode: 0o700 });
  const env = { [TOKEN_VARIABLE]: token };
  const common = ["--server", ready.apiUrl, "--ca", ready.caFile, "--home"];
  const counts = ["--clocks", String(SIMULATED_CLOCKS), "--pcs", String(SIMULATED_PCS), "--seed", seed];
  let known = 0;
  // One at a time: each rewrites the same file.
  let adding = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    const hall = startChild(
      ["simulate", "hall", "--json", ...common, join(hallHome, "office"), ...counts],
      (line) => {
        const event = parse(line);
        if (event?.event !== "port") return;
        adding = adding.then(() => useClock(hallHome, event));
        adding.then(() => {
          if (++known === SIMULATED_CLOCKS) resolve();
        }, reject);
      },
      env,
    );
    children.push(hall);
    hall.process.once("exit", () => resolve());
  });
  children.push(
    startChild(
      ["collector", "read", "--simulated", "--wanted", "reader-simulated-hall", ...common, hallHome],
      () => {},
      env,
    ),
  );
  console.log(
    `模拟大厅：${SIMULATED_CLOCKS} 台考勤机，${SIMULATED_PCS} 台电脑（均标明"模拟"）。A simulated hall was added.\n`,
  );
}

interface PortEvent {
  event: string;
  path: string;
  baud: number;
  number: number;
  serial: string;
}

async function useClock(home: string, { path, baud, number, serial }: PortEvent): Promise<void> {
  await addClock(home, { family: "tcb", port: path, baud, number, name: serial }).catch((error: { code?: string }) => {
    if (error.code !== "clock-exists") throw error;
  });
}

function parse(line: string): PortEvent | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
