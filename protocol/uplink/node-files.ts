/** The journal's files on a real disk. */
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { mkdir, open, readdir, readFile, realpath, rename, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import type { JournalFiles } from "../delivery/journal-files.ts";
import { AppError } from "../errors.ts";
import { syncFolder, writeWhole } from "./whole-file.ts";

/**
 * Opens the folder (mode 0700) for this process alone. Rejects with AppError `folder-locked` when another process has it,
 * `journal-io` when it cannot be made.
 */
export async function openNodeFiles(folder: string): Promise<JournalFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: Error) => {
    throw new AppError("journal-io", `the folder ${folder} cannot be made: ${cause.message}`, { cause });
  });
  const lock = await lockFolder(folder);
  return new NodeFiles(folder, lock);
}

/** Of the source with this home. Whoever has it open keeps the source from running, and a running source has it. */
export function journalFolder(sourceHome: string): string {
  return join(sourceHome, "journal");
}

class NodeFiles implements JournalFiles {
  readonly #folder: string;
  readonly #lock: Server;
  /** The file being appended to stays open: opening it again costs more than writing a line. */
  #open: { name: string; handle: FileHandle; isNew: boolean } | undefined;

  constructor(folder: string, lock: Server) {
    this.#folder = folder;
    this.#lock = lock;
  }

  list(): Promise<string[]> {
    return readdir(this.#folder);
  }

  read(name: string): Promise<Uint8Array> {
    return readFile(join(this.#folder, name));
  }

  async append(name: string, bytes: Uint8Array): Promise<void> {
    const handle = await this.#handle(name);
    let written = 0;
    while (written < bytes.length) written += (await handle.write(bytes, written)).bytesWritten;
  }

  async sync(name: string): Promise<void> {
    const handle = await this.#handle(name);
    await handle.datasync();
    if (this.#open?.isNew) {
      await syncFolder(this.#folder);
      this.#open.isNew = false;
    }
  }

  async truncate(name: string, lengthBytes: number): Promise<void> {
    const handle = await open(join(this.#folder, name), "r+");
    try {
      await handle.truncate(lengthBytes);
      // What a failed write left must not come back with a power cut, under what is written in its place.
      await handle.datasync();
    } finally {
      await handle.close();
    }
  }

  async replace(name: string, bytes: Uint8Array): Promise<void> {
    await this.#closeFile(name);
    await writeWhole(join(this.#folder, name), bytes);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#closeFile(from);
    await rename(join(this.#folder, from), join(this.#folder, to));
  }

  async remove(name: string): Promise<void> {
    await this.#closeFile(name);
    await rm(join(this.#folder, name), { force: true });
  }

  async close(): Promise<void> {
    await this.#open?.handle.close();
    this.#open = undefined;
    await new Promise<void>((resolve) => this.#lock.close(() => resolve()));
  }

  async #handle(name: string): Promise<FileHandle> {
    if (this.#open?.name === name) return this.#open.handle;
    await this.#open?.handle.close();
    this.#open = undefined;
    const handle = await open(join(this.#folder, name), "a", 0o600);
    this.#open = { name, handle, isNew: (await handle.stat()).size === 0 };
    return handle;
  }

  async #closeFile(name: string): Promise<void> {
    if (this.#open?.name !== name) return;
    const { handle } = this.#open;
    this.#open = undefined;
    await handle.close();
  }
}

/** A lock that ends with the process, however it ends: an abstract socket on Linux, a named pipe on Windows. */
async function lockFolder(folder: string): Promise<Server> {
  const label = `dianmao-${createHash("sha256")
    .update(await realpath(folder))
    .digest("hex")
    .slice(0, 32)}`;
  const path = process.platform === "win32" ? `\\\\.\\pipe\\${label}` : `\0${label}`;
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === "EADDRINUSE" || cause.code === "EACCES";
      const message = isTaken ? `another process uses ${folder}` : `cannot lock ${folder}: ${cause.message}`;
      reject(new AppError(isTaken ? "folder-locked" : "journal-io", message, { cause }));
    });
    server.listen(path, resolve);
  });
  server.unref();
  return server;
}
