/** What probes may ask of the operating system. Each answer is a value or the reason why there is none; nothing here throws. */
import type { UnknownReason } from "../../protocol/messages/fact.ts";

export interface Failure {
  ok: false;
  reason: UnknownReason;
  detail: string;
}

export type Outcome<T> = ({ ok: true } & T) | Failure;

export interface RunOptions {
  /** Default COMMAND_TIMEOUT_MS. A command that takes longer is killed: `probe-timeout`. */
  timeoutMs?: number;
  /** Default COMMAND_BYTES_MAX. More standard output than this is `probe-failed`, never a cut text. */
  maxBytes?: number;
  /** Added to the environment; every command gets LC_ALL=C besides. */
  env?: Record<string, string>;
  /** Run with low priority (nice 10; below normal on Windows). */
  lowPriority?: boolean;
}

/** A command that ran to its end, whatever its exit code. */
export type Ran = Outcome<{ exitCode: number; stdout: string; stderr: string }>;
export type ReadText = Outcome<{ text: string }>;
export type ReadBytes = Outcome<{ bytes: Uint8Array }>;

export interface FileFacts {
  mtimeMs: number;
  sizeBytes: number;
  directory: boolean;
}

/** An address as `os.networkInterfaces()` gives it. */
export interface HostAddress {
  adapter: string;
  address: string;
  prefix: number;
  mac: string;
  internal: boolean;
}

export interface ProcessEntry {
  pid: number;
  /** The short name (15 characters on Linux), without `.exe` on Windows. */
  name: string;
}

export interface Os {
  family: "linux" | "windows";
  /** Wall clock, ms since 1970 UTC. */
  now(): number;
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Ran>;
  readText(path: string, maxBytes?: number): Promise<ReadText>;
  /** The first `maxBytes` bytes (all of a shorter file). */
  readHead(path: string, maxBytes: number): Promise<ReadBytes>;
  /** A whole file, gunzipped when its name ends in `.gz`; at most `maxBytes` before unpacking. */
  readMaybeGzip(path: string, maxBytes?: number): Promise<ReadText>;
  stat(path: string): Promise<Outcome<FileFacts>>;
  readLink(path: string): Promise<ReadText>;
  /** Paths that match: `*` stands for anything within one level. At most GLOB_MATCHES_MAX. */
  glob(pattern: string): Promise<string[]>;
  env(name: string): string | undefined;
  hostname(): string;
  /** Kernel release (`6.1.0-28-amd64`; Windows `10.0.22631`). */
  release(): string;
  networkInterfaces(): HostAddress[];
  processes(): Promise<Outcome<{ entries: ProcessEntry[] }>>;
  /** Sends `request` to a local stream socket and reads until it closes or `maxBytes`. */
  ask(socketPath: string, request: string, options?: RunOptions): Promise<ReadText>;
  /** The address this machine would send from to reach `host`; nothing is sent. */
  sourceAddressTo(host: string): Promise<ReadText>;
}

export const COMMAND_TIMEOUT_MS = 10_000;
export const COMMAND_BYTES_MAX = 4 * 1024 * 1024;
export const FILE_BYTES_MAX = 4 * 1024 * 1024;
export const GLOB_MATCHES_MAX = 512;

export function fail(reason: UnknownReason, detail: string): Failure {
  return { ok: false, reason, detail: detail.slice(0, DETAIL_CHARS_MAX) };
}

const DETAIL_CHARS_MAX = 400;
