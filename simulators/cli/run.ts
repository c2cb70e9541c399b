/** What all `simulate` commands share: where their lines go, how they fail, and how Ctrl+C ends them. */
import { isAppError } from "../../protocol/errors.ts";
import type { Log } from "../../protocol/log.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";

const EXIT_FAILED = 1;

export interface Speaker {
  /** One event: as JSON with `--json`, otherwise as the sentence. */
  say(event: { event: string } & Record<string, unknown>, sentence: string): void;
}

export function createSpeaker(json: boolean): Speaker {
  return {
    say: (event, sentence) => console.log(json ? JSON.stringify(event) : sentence),
  };
}

/** Warnings and errors only, on standard error, so that `--json` stays clean. */
export const STDERR_LOG: Log = {
  debug() {},
  info() {},
  warn: (fields, message) => console.error(`warning: ${message ?? ""} ${JSON.stringify(fields)}`),
  error: (fields, message) => console.error(`error: ${message ?? ""} ${JSON.stringify(fields)}`),
};

/** Resolves at Ctrl+C, at a request to end, when the process that started this one is gone, or after `ms` if that is given. */
export function untilStopped(ms?: number): Promise<void> {
  return new Promise((resolve) => {
    let cancel = () => {};
    const stop = () => {
      cancel();
      // Listening to the parent would keep this process alive after its work.
      if (process.connected) process.disconnect();
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
    if (process.connected) process.once("disconnect", stop);
    if (ms !== undefined) cancel = SYSTEM_CLOCK.after(ms, stop);
  });
}

/** Runs an action; an operation that failed is a message and exit code 1, anything else a programmer's error. */
export async function runAction(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!isAppError(error)) throw error;
    console.error(`error: ${error.message} (${error.code})`);
    process.exitCode = EXIT_FAILED;
  }
}
