/** Child processes of `npm start`: each in a group of its own, so that Ctrl+C reaches the parent alone and it can stop them in order. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const LAUNCHER = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./dianmao.ts" : "../../bin/dianmao.mjs", import.meta.url),
);
/** Both in turn are less than a terminal's user, or a service manager, waits. */
const KILL_AFTER_MS = 6_000;

export interface Child {
  readonly process: ChildProcess;
  /** The first message over IPC, or the exit code when it ends before. */
  ready(): Promise<{ ready: true; message: Record<string, unknown> } | { ready: false; code: number | null }>;
  /** SIGTERM, then SIGKILL when it does not listen. */
  stop(): Promise<void>;
}

/** Starts `dianmao ARGS`. `onLine` gets what it prints, line by line. */
export function startChild(
  args: string[],
  onLine: (line: string, stream: "out" | "err") => void,
  env: Record<string, string> = {},
): Child {
  const child = spawn(process.execPath, [...process.execArgv, LAUNCHER, ...args], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true,
    // Secrets go this way: arguments can be read by everybody on the machine.
    env: { ...process.env, ...env },
  });
  if (child.stdout) createInterface({ input: child.stdout }).on("line", (line) => onLine(line, "out"));
  if (child.stderr) createInterface({ input: child.stderr }).on("line", (line) => onLine(line, "err"));
  const exited = once(child, "exit");
  const message = new Promise<Record<string, unknown>>((resolve) =>
    child.once("message", (value) => resolve(value as Record<string, unknown>)),
  );
  return {
    process: child,
    ready: () =>
      Promise.race([
        message.then((value) => ({ ready: true as const, message: value })),
        exited.then(([code]) => ({ ready: false as const, code: code as number | null })),
      ]),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      // An open channel would keep a child alive that has nothing left to do.
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}
