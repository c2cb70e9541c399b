/** Options and defaults that the agent's commands share. */
import { homedir } from "node:os";
import { join } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { AppError, isAppError } from "../../protocol/errors.ts";
import type { CentreTrust } from "../../protocol/uplink/source.ts";
import type { AgentConfig } from "../config.ts";
import type { Language } from "./labels.ts";

export interface CentreFlags {
  server?: string;
  token?: string;
  caFile?: string;
  caFingerprint?: string;
  broker?: string;
  name?: string;
  simulated?: boolean;
}

/** Where all state lives: DIANMAO_HOME, else the system's folder for root and services, else one of the user's own. */
export function defaultHome(): string {
  const { DIANMAO_HOME, ProgramData, XDG_STATE_HOME } = process.env;
  if (DIANMAO_HOME) return DIANMAO_HOME;
  if (process.platform === "win32") return join(ProgramData ?? "C:\\ProgramData", "dianmao");
  if (process.getuid?.() === 0) return "/var/lib/dianmao";
  return join(XDG_STATE_HOME ?? join(homedir(), ".local", "state"), "dianmao");
}

export const homeOption = () =>
  new Option("--home <dir>", "folder of all state").env("DIANMAO_HOME").default(defaultHome());

export const languageOption = () =>
  new Option("--lang <language>", "language of the table").choices(["zh", "en"] satisfies Language[]).default("zh");

export const clamavOption = () => new Option("--clamav-dir <dir>", "folder of ClamAV's databases");

export const centreOptions = () => [
  new Option("--server <url>", "the centre, https://host:8443").argParser(httpsUrl),
  new Option("--token <token>", "one-time or site token; without one an officer must approve").env("DIANMAO_TOKEN"),
  new Option("--ca-file <path>", "the centre's certificate authority, PEM"),
  new Option("--ca-fingerprint <sha256>", "SHA-256 of the authority's certificate, hex").argParser(sha256),
  new Option("--broker <url>", "mqtts://host:port instead of what the enrolment says"),
  new Option("--name <name>", "the name wanted at enrolment"),
  new Option("--simulated", "mark everything as simulated"),
];

/** Flags before `agent.json`. Undefined without a server: the identity must then be there already. */
export function centreOf(
  flags: CentreFlags,
  config: AgentConfig,
): ({ url: string; token?: string } & CentreTrust) | undefined {
  const url = flags.server ?? config.server;
  if (!url) return undefined;
  const token = flags.token ?? config.token;
  const caFile = flags.caFile ?? config.caFile;
  const caFingerprint = flags.caFingerprint ?? config.caFingerprint;
  return { url, ...(token && { token }), ...(caFile && { caFile }), ...(caFingerprint && { caFingerprint }) };
}

function httpsUrl(text: string): string {
  if (URL.canParse(text) && new URL(text).protocol === "https:") return text;
  throw new InvalidArgumentError("an https:// address is needed");
}

function sha256(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text.replaceAll(":", ""))) return text;
  throw new InvalidArgumentError("64 hex digits are needed, with or without colons");
}

const EXIT_FAILED = 1;

/** Runs an action: an operation that failed is one line on standard error and exit code 1; anything else is a fault of ours. */
export async function runAction(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!isAppError(error)) throw error;
    process.stderr.write(`dianmao agent: ${error.message} (${error.code})\n`);
    process.exitCode = EXIT_FAILED;
  }
}

export function failWith(code: string, message: string): never {
  throw new AppError(code, message);
}
