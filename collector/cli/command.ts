/** What all commands that ask a collector have in common: where it is, how to print, and how they end. */
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { Command, InvalidArgumentError, Option } from "commander";
import { AppError, isAppError } from "../../protocol/errors.ts";
import { type ApiClient, apiClient } from "./api-client.ts";

export const EXIT_FOUND_OR_FAILED = 1;
export const EXIT_CALLED_WRONGLY = 2;
/** The collector's word for a value that its interface does not know. */
const CALLED_WRONGLY = "bad-request";

export interface CommonFlags {
  home?: string;
  server?: string;
  token?: string;
  ca?: string;
  json?: boolean;
  lang: "zh" | "en";
}

/** A command that speaks to a collector. */
export function apiCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("--home <dir>", "数据目录 / home folder (DIANMAO_HOME)")
    .option("--server <url>", "采集中心地址 / another collector, https://host:8443")
    .option("--token <token>", "令牌 / bearer token (DIANMAO_TOKEN)")
    .option("--ca <file>", "证书机构文件 / PEM of the authority to trust")
    .option("--json", "输出 JSON / print JSON")
    .addOption(
      new Option("--lang <lang>", "语言 / language")
        .choices(["zh", "en"])
        .default(process.env.DIANMAO_LANG === "en" ? "en" : "zh"),
    );
}

/** A whole number within limits, for commander's argument parser. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < min || value > max) throw new InvalidArgumentError(`${min}..${max}`);
    return value;
  };
}

export const port = integer(0, 65_535);

/** Runs an action against the collector; a failure is one line on stderr and exit code 1. */
export async function withApi(
  flags: CommonFlags,
  action: (api: ApiClient) => Promise<number | undefined>,
): Promise<void> {
  await run(async () => action(await apiClient(flags)));
}

/** Runs an action; it may answer the exit code. */
export async function run(action: () => Promise<number | undefined>): Promise<void> {
  try {
    process.exitCode = (await action()) ?? 0;
  } catch (error) {
    if (!isAppError(error)) throw error;
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = error.code === CALLED_WRONGLY ? EXIT_CALLED_WRONGLY : EXIT_FOUND_OR_FAILED;
  }
}

/** The content of a file, `-` for standard input. Rejects with AppError `bad-file`. */
export async function readInput(path: string): Promise<Buffer> {
  try {
    return path === "-" ? await buffer(process.stdin) : await readFile(path);
  } catch (cause) {
    throw new AppError("bad-file", `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

const CHINA_TIME = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai",
  dateStyle: "short",
  timeStyle: "medium",
});

/** Instants as people in China read them, `11-24 17:05:03`; `-` for none. */
export function showTime(instant: string | null | undefined): string {
  return instant ? CHINA_TIME.format(new Date(instant)).slice(5) : "-";
}

/** A signal that is aborted by Ctrl+C or SIGTERM. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}
