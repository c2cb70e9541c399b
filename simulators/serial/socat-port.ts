/** A port through a `socat` child, for platforms where the C library cannot be called. The reader's rate stays unknown. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { AppError } from "../../protocol/errors.ts";
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import type { VirtualPort } from "./port.ts";

const PLUG_TIMEOUT_MS = 5_000;
const PLUG_POLL_MS = 5;
/** More than this waiting for socat means that nobody reads the line. */
const UNREAD_BYTES_MAX = 8_192;

type Socat = ChildProcessByStdio<Writable, Readable, null>;

export class SocatPort implements VirtualPort {
  readonly path: string;
  onBytes: (bytes: Uint8Array) => void = () => {};
  overrunBytes = 0;
  readonly #deps: { clock: Clock; log: Log };
  #child: Socat | undefined;

  constructor(path: string, deps: { clock: Clock; log: Log }) {
    this.path = path;
    this.#deps = deps;
  }

  get plugged(): boolean {
    return this.#child !== undefined;
  }

  /** Throws AppError `no-pty` when socat is missing or makes no terminal in time. */
  async plug(): Promise<void> {
    if (this.#child) return;
    const child = spawn("socat", ["STDIO", `pty,raw,echo=0,link=${this.path}`], { stdio: ["pipe", "pipe", "ignore"] });
    const failed = once(child, "error").then(([cause]) => {
      throw new AppError("no-pty", "socat cannot be started; install the package socat", { cause });
    });
    child.stdin.on("error", (error) => this.#deps.log.debug({ path: this.path, error: String(error) }, "socat ended"));
    child.stdout.on("data", (bytes: Buffer) => this.onBytes(bytes));
    await Promise.race([failed, this.#waitForLink()]);
    failed.catch((error) => this.#deps.log.warn({ path: this.path, error: String(error) }, "socat failed"));
    this.#child = child;
  }

  async unplug(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#child = undefined;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await exited;
    rmSync(this.path, { force: true });
  }

  write(bytes: Uint8Array): void {
    const child = this.#child;
    if (!child) return;
    if (child.stdin.writableLength + bytes.length > UNREAD_BYTES_MAX) this.overrunBytes += bytes.length;
    else child.stdin.write(bytes);
  }

  readerBaud(): undefined {
    return undefined;
  }

  async #waitForLink(): Promise<void> {
    const { clock } = this.#deps;
    const deadline = clock.monotonic() + PLUG_TIMEOUT_MS;
    while (!existsSync(this.path)) {
      if (clock.monotonic() > deadline) throw new AppError("no-pty", "socat made no terminal in time");
      await new Promise<void>((resolve) => clock.after(PLUG_POLL_MS, resolve));
    }
  }
}
