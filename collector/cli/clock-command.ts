/** What all `dianmao clock` commands share: where the home is, how they print, and how they fail. */
import type { Command } from "commander";
import { isAppError } from "../../protocol/errors.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { defaultHome } from "./api-client.ts";
import { EXIT_CALLED_WRONGLY, EXIT_FOUND_OR_FAILED, integer } from "./command.ts";

export interface ClockCliDeps {
  /** The folder that `--home`, or else DIANMAO_HOME, names. */
  home(flag: string | undefined): string;
  print(text: string): void;
  printError(text: string): void;
  /** Becomes the process's exit code. */
  exitWith(code: number): void;
}

export const QUIETLY = { clock: SYSTEM_CLOCK, log: SILENT_LOG };

export const PROCESS: ClockCliDeps = {
  home: (flag) => flag ?? defaultHome(),
  print: (text) => console.log(text),
  printError: (text) => console.error(text),
  exitWith: (code) => {
    process.exitCode = code;
  },
};

export interface CommonFlags {
  home?: string;
  json: boolean;
}

export function withCommonFlags(command: Command): Command {
  return command
    .option("--home <dir>", "folder of all state (default: DIANMAO_HOME)")
    .option("--json", "print JSON", false);
}

export const wholeNumber = integer(0, Number.MAX_SAFE_INTEGER);

/** Codes that say: not with this command, or not with this clock. */
const CALLED_WRONGLY: ReadonlySet<string> = new Set([
  "bad-request",
  "clock-config-bad",
  "finger-needed",
  "users-by-place",
  "users-undocumented",
]);

/** An operation that failed is a message and an exit code; anything else is a programmer's error. */
export async function run(deps: ClockCliDeps, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!isAppError(error)) throw error;
    deps.printError(`${error.message} (${error.code})`);
    deps.exitWith(CALLED_WRONGLY.has(error.code) ? EXIT_CALLED_WRONGLY : EXIT_FOUND_OR_FAILED);
  }
}
