/** Child processes of `npm start`: each in a group of its own, so that Ctrl+C reaches the parent alone and it can stop them in order. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const LAUNCHER = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./dianmao.ts" : "../../bin/dianmao.mjs", import.meta.url),
);
/** Both in turn are less than a terminal's user, or a service manager, waits. */
const KILL_AFTER_MS = 6_000;

/** From which children take their enrolment token. */
export const TOKEN_VARIABLE = "DIANMAO_TOKEN";

export interface Child {
  /** For people: 采集中心 collector. */
  readonly name: string;
  /** Resolves when it has ended, however that came. */
  readonly ended: Promise<void>;
  /** Whether it was told to. */
  readonly isStopping: boolean;
  /** The first message over IPC, unless it ends before. */
  ready(): Promise<{ ready: true; message: Record<string, unknown> } | { ready: false }>;
  /** SIGTERM, then SIGKILL when it does not listen. */
  stop(): Promise<void>;
}

/** A grandchild may hold the pipe open for longer. */
const LAST_WORDS_MS = 500;

export interface ChildOptions {
  name: string;
  args: string[];
  log: { write(line: string): void };
  /** Gets what it prints on stdout, line by line, in place of the log. */
  onLine?: (line: string) => void;
  /** For node itself. */
  nodeFlags?: readonly string[];
  /** Secrets go this way: arguments can be read by everybody on the machine. */
  env?: Record<string, string>;
}

/** Starts `dianmao ARGS`. */
export function startChild({ name, args, log, onLine, env, nodeFlags = [] }: ChildOptions): Child {
  const child = spawn(process.execPath, [...process.execArgv, ...nodeFlags, LAUNCHER, ...args], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true,
    env: { ...process.env, ...env },
  });
  const keep = (line: string) => log.write(`${args.slice(0, 2).join(" ")}: ${line}`);
  const said = [readLines(child.stdout, onLine ?? keep), readLines(child.stderr, keep)];
  const exited = once(child, "exit").then(() => Promise.race([Promise.all(said), pause(LAST_WORDS_MS)]));
  const message = new Promise<Record<string, unknown>>((resolve) =>
    child.once("message", (value) => resolve(value as Record<string, unknown>)),
  );
  let isStopping = false;
  return {
    name,
    ended: exited.then(() => {}),
    get isStopping() {
      return isStopping;
    },
    ready: () =>
      Promise.race([
        message.then((value) => ({ ready: true as const, message: value })),
        exited.then(() => ({ ready: false as const })),
      ]),
    stop() {
      isStopping = true;
      return stop(child, exited);
    },
  };
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
  await exited;
  clearTimeout(timer);
}

/** Resolves at the stream's end: what a child said last is still in the pipe when it is gone. */
async function readLines(stream: Readable | null, onLine: (line: string) => void): Promise<void> {
  if (stream) await once(createInterface({ input: stream }).on("line", onLine), "close");
}
