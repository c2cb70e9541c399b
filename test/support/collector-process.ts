/** A real collector in a process of its own, for scenarios, benches and end-to-end tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ApiClient, apiClient } from "../../collector/cli/api-client.ts";

const MAIN = fileURLToPath(new URL("../../bin/dianmao.ts", import.meta.url));
const TAIL_LINES = 20;

export interface CollectorProcess {
  readonly home: string;
  readonly apiUrl: string;
  readonly mqttUrl: string;
  readonly caFile: string;
  readonly caFingerprint: string;
  readonly pid: number;
  /** With the home's own admin token. */
  api(): Promise<ApiClient>;
  /** A token by which any number of sources enrol without an officer. */
  siteToken(): Promise<string>;
  /** SIGKILL, as a power cut would; the home stays. */
  kill9(): Promise<void>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** Removes the home, if it was made here. */
  dispose(): Promise<void>;
}

export interface CollectorProcessOptions {
  /** A folder that outlives this process; by default one of its own. */
  home?: string;
  args?: string[];
  env?: Record<string, string>;
}

/** Starts `dianmao collector` and waits until it answers. Ports are free ones unless `args` say otherwise. */
export async function startCollector(options: CollectorProcessOptions = {}): Promise<CollectorProcess> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), "dianmao-home-")));
  const { child, exited } = startDianmao(
    ["collector", "run", "--home", home, "--api-port", "0", "--mqtt-port", "0", ...(options.args ?? [])],
    options.env,
  );
  const ready = await readyOf(child, exited);
  const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const [code] = await exited;
    return code as number | null;
  };
  const api = () => apiClient({ home });
  return {
    home,
    ...ready,
    pid: child.pid as number,
    api,
    async siteToken() {
      const body = { purpose: "enrol-site", label: "test", days: 1 };
      return (await (await api()).post<{ token: string }>("/enrolment-tokens", body)).token;
    },
    async kill9() {
      await stop("SIGKILL");
    },
    stop: () => stop("SIGTERM"),
    async dispose() {
      await stop("SIGKILL");
      if (options.home === undefined) await rm(home, { recursive: true, force: true });
    },
  };
}

/** `dianmao ARGS` from the sources, with IPC, so that it ends with this process. */
export function startDianmao(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ["--import", "tsx", MAIN, ...args], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { ...process.env, ...env },
  });
  return { child, exited: once(child, "exit") };
}

interface Ready {
  apiUrl: string;
  mqttUrl: string;
  caFile: string;
  caFingerprint: string;
}

async function readyOf(child: ChildProcess, exited: Promise<unknown[]>): Promise<Ready> {
  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      tail.push(text);
      if (tail.length > TAIL_LINES) tail.shift();
    });
  }
  const outcome = await Promise.race([once(child, "message"), exited.then(() => undefined)]);
  if (outcome === undefined) throw new Error(`the collector ended before it was ready:\n${tail.join("")}`);
  return outcome[0] as Ready;
}
