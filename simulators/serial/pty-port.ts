/** A port on a pseudo terminal whose master this process holds. */
import { closeSync, constants, openSync, renameSync, rmSync, symlinkSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import { AppError } from "../../protocol/errors.ts";
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import type { Libc } from "./libc.ts";
import type { VirtualPort } from "./port.ts";

/** Bytes that wait longer than this belong to nobody: a real line keeps nothing for a reader that comes later. */
const UNREAD_FORGOTTEN_MS = 2_000;

export interface PtyDeps {
  clock: Clock;
  log: Log;
  libc: Libc;
}

interface Plugged {
  master: number;
  /** Held open, or the master reads EIO whenever no reader is there. */
  slave: number;
  input: ReadStream;
}

export class PtyPort implements VirtualPort {
  readonly path: string;
  onBytes: (bytes: Uint8Array) => void = () => {};
  overrunBytes = 0;
  readonly #deps: PtyDeps;
  #plugged: Plugged | undefined;
  #lastWriteAt = 0;

  constructor(path: string, deps: PtyDeps) {
    this.path = path;
    this.#deps = deps;
  }

  get plugged(): boolean {
    return this.#plugged !== undefined;
  }

  /** Throws AppError `pty-failed`, `port-path`. */
  async plug(): Promise<void> {
    if (this.#plugged) return;
    const { libc, log } = this.#deps;
    const master = libc.openMaster();
    const name = libc.slaveName(master);
    const slave = openSync(name, constants.O_RDWR | constants.O_NOCTTY);
    libc.makeRaw(slave);
    const input = new ReadStream(master);
    input.on("data", (bytes: Buffer) => this.onBytes(bytes));
    input.on("error", (error) => log.debug({ path: this.path, error: String(error) }, "pseudo terminal ended"));
    this.#plugged = { master, slave, input };
    try {
      linkTo(name, this.path);
    } catch (cause) {
      await this.unplug();
      throw new AppError("port-path", `${this.path} cannot be made`, { cause });
    }
  }

  async unplug(): Promise<void> {
    const plugged = this.#plugged;
    if (!plugged) return;
    this.#plugged = undefined;
    rmSync(this.path, { force: true });
    closeSync(plugged.slave);
    // The hang-up comes when the master is closed, which destroy() does a turn later.
    await new Promise<void>((resolve) => {
      plugged.input.once("close", () => resolve());
      plugged.input.destroy();
    });
  }

  write(bytes: Uint8Array): void {
    const plugged = this.#plugged;
    if (!plugged) return;
    this.#forgetUnread(plugged);
    this.overrunBytes += bytes.length - writeWhatFits(plugged.master, bytes);
  }

  readerBaud(): number | undefined {
    return this.#plugged && this.#deps.libc.outputSpeed(this.#plugged.slave);
  }

  #forgetUnread({ slave }: Plugged): void {
    const { clock, libc } = this.#deps;
    const idleMs = clock.monotonic() - this.#lastWriteAt;
    this.#lastWriteAt = clock.monotonic();
    if (idleMs < UNREAD_FORGOTTEN_MS) return;
    const unread = libc.unreadBytes(slave);
    if (unread === 0) return;
    libc.discardUnread(slave);
    this.overrunBytes += unread;
  }
}

/** Writes without waiting; returns how many bytes the terminal had room for. */
function writeWhatFits(master: number, bytes: Uint8Array): number {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(master, bytes, written, bytes.length - written);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
  }
  return written;
}

/** Points the stable path at the terminal in one step, so that a reader never sees half a link. */
function linkTo(target: string, path: string): void {
  const temporary = `${path}.${process.pid}.new`;
  rmSync(temporary, { force: true });
  symlinkSync(target, temporary);
  renameSync(temporary, path);
}
