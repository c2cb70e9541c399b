/** Runs one command to its end with a time limit and a bound on its output. No shell, no inherited input. */
import { type ChildProcess, spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import { decodeConsole } from "./decode-console.ts";
import { failureOf } from "./errno.ts";
import { COMMAND_BYTES_MAX, COMMAND_TIMEOUT_MS, fail, type Ran, type RunOptions } from "./os.ts";

const STDERR_BYTES_MAX = 64 * 1024;
const GROUPS = process.platform !== "win32";
/** How long to wait for the pipes of a killed command; a grandchild may hold them open. */
const REAP_MS = 500;

export function runCommand(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { timeoutMs = COMMAND_TIMEOUT_MS, maxBytes = COMMAND_BYTES_MAX } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...withoutSecrets(process.env), ...options.env, LC_ALL: "C", LANGUAGE: "" },
      windowsHide: true,
      // Its own group, so that what a hung command has started ends with it.
      detached: GROUPS,
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let outBytes = 0;
    let errBytes = 0;
    let verdict: Ran | undefined;

    const settle = (result: Ran) => {
      clearTimeout(limit);
      resolve(result);
    };
    const abandon = (result: Ran) => {
      if (verdict) return;
      verdict = result;
      killAll(child);
      setTimeout(() => settle(result), REAP_MS).unref();
    };
    const limit = setTimeout(
      () => abandon(fail("probe-timeout", `${command}: no end within ${timeoutMs} ms`)),
      timeoutMs,
    );

    child.stdout.on("data", (chunk: Buffer) => {
      outBytes += chunk.length;
      if (outBytes > maxBytes) abandon(fail("probe-failed", `${command}: more than ${maxBytes} bytes of output`));
      else out.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      errBytes += chunk.length;
      if (errBytes <= STDERR_BYTES_MAX) err.push(chunk);
    });
    child.on("error", (error) => settle(failureOf(error, command, "not-installed")));
    child.on("close", (exitCode, signal) => {
      if (verdict) return settle(verdict);
      if (exitCode === null) return settle(fail("probe-failed", `${command}: ended by ${signal}`));
      settle({
        ok: true,
        exitCode,
        stdout: decodeConsole(Buffer.concat(out)),
        stderr: decodeConsole(Buffer.concat(err)),
      });
    });
    if (options.lowPriority) lowerPriority(child.pid);
  });
}

/** What enrols this PC is nobody else's business. */
function withoutSecrets({ DIANMAO_TOKEN: _, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}

function killAll(child: ChildProcess): void {
  try {
    if (GROUPS && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  } catch {
    // It has ended by itself in the meantime.
  }
}

function lowerPriority(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // The command has ended already, or may not be touched: it then runs with our own priority.
  }
}
