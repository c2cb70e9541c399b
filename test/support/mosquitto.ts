/** Mosquitto and its clients, as installed: programs of other people that speak the contract by its documents alone. */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { promisify } from "node:util";

const SERVER = "mosquitto";
const STARTED_TRIES_MAX = 500;

export function areInstalled(...programs: string[]): boolean {
  try {
    execFileSync("which", programs);
    return true;
  } catch {
    return false;
  }
}

export interface RunningMosquitto {
  readonly process: ChildProcess;
  /** What it wrote to its log. */
  log(): string;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts `mosquitto -c config`; resolves once its port answers. */
export async function startMosquitto(config: string, port: number): Promise<RunningMosquitto> {
  // Started by root it would give up the right to read the keys that a test made.
  const user = process.getuid?.() === 0 ? "\nuser root\n" : "";
  const ownConfig = `${config}.test`;
  await writeFile(ownConfig, (await readFile(config, "utf8")) + user);
  const child = spawn(SERVER, ["-c", ownConfig, "-v"], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await answers(port, () => (child.exitCode === null ? undefined : text));
  return {
    process: child,
    log: () => text,
    async kill(signal = "SIGTERM") {
      child.kill(signal);
      await ended;
    },
  };
}

async function answers(port: number, failed: () => string | undefined): Promise<void> {
  for (let tries = 0; tries < STARTED_TRIES_MAX; tries++) {
    const failure = failed();
    if (failure !== undefined) throw new Error(`the program ended: ${failure}`);
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: "127.0.0.1" }, () => resolve(true));
      socket.on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`nothing answers on port ${port}`);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

export interface ClientRun {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `mosquitto_pub` or `mosquitto_sub` to its end; a failure is a code, not a rejection. */
export async function runClient(program: "mosquitto_pub" | "mosquitto_sub", args: string[]): Promise<ClientRun> {
  try {
    return { code: 0, ...(await promisify(execFile)(program, args, { timeout: 10_000 })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}
