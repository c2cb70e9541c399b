/**
 * Keeps a second process from the database: an operating system's lock on a file beside it, which goes with the process
 * however it dies. Nothing can be stale, and no process id is compared.
 */
import { readFile, writeFile } from "node:fs/promises";
import { AppError, isAppError } from "../../protocol/errors.ts";
import type { OpenSqlDriver } from "./sql-driver.ts";

export interface StoreLock {
  release(): Promise<void>;
}

/**
 * Takes the lock of the database at `path`. Rejects with AppError `already-running`.
 * The lock file is opened through SQLite alone: POSIX gives a file's locks up as soon as its process closes any other handle to it.
 */
export async function lockStore(path: string, openDriver: OpenSqlDriver): Promise<StoreLock> {
  const holder = await openDriver({ path: `${path}.lock`, mode: "write", busyTimeoutMs: 0 });
  try {
    await holder.exec("begin exclusive");
  } catch (error) {
    await holder.close();
    throw isAppError(error, "database-locked") ? await alreadyRunning(path) : error;
  }
  await writeFile(holderFile(path), `${process.pid}\n`);
  return { release: () => holder.close() };
}

async function alreadyRunning(path: string): Promise<AppError> {
  const holder = (await readFile(holderFile(path), "utf8").catch(() => "")).trim();
  const who = /^\d+$/.test(holder) ? ` (process ${holder})` : "";
  return new AppError("already-running", `a collector is already running on ${path}${who}`);
}

/** Only for the message: who holds the lock. */
function holderFile(path: string): string {
  return `${path}.pid`;
}
