/** Programs of other people, as installed: started, waited for, and ended. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { connect } from "node:net";

const STARTED_TRIES_MAX = 500;
const TRY_EVERY_MS = 10;

export function areInstalled(...programs: string[]): boolean {
  try {
    execFileSync("which", programs);
    return true;
  } catch {
    return false;
  }
}

export interface RunningProgram {
  readonly process: ChildProcess;
  /** What it printed. */
  log(): string;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a server; resolves once its port answers. */
export async function startProgram(program: string, args: string[], port: number): Promise<RunningProgram> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      text += chunk;
    });
  }
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
    if (await isOpen(port)) return;
    await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
  }
  throw new Error(`nothing answers on port ${port}`);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
