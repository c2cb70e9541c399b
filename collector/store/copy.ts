/** Copies of the database: made while everything runs, put back while nothing runs. */
import { copyFile, open, rename, rm, stat } from "node:fs/promises";
import { AppError } from "../../protocol/errors.ts";
import { COPIED_KEY } from "./incarnation.ts";
import { lockStore } from "./lock.ts";
import { checkMigrations } from "./migrate.ts";
import type { OpenSqlDriver } from "./sql-driver.ts";

const BUSY_TIMEOUT_MS = 5_000;

/**
 * Copies the database at `path`, in use or not, to the new file `toFile`: whole and consistent, or not at all.
 * Rejects with AppError `file-exists`, `database-unreachable`, `disk-full`.
 */
export async function backupDatabase(path: string, toFile: string, openDriver: OpenSqlDriver): Promise<void> {
  if (await exists(toFile)) throw new AppError("file-exists", `${toFile} exists already`);
  const unfinished = `${toFile}.unfinished`;
  await rm(unfinished, { force: true });
  try {
    const reader = await openDriver({ path, mode: "read", busyTimeoutMs: BUSY_TIMEOUT_MS });
    try {
      await reader.query("vacuum into ?", [unfinished]);
    } finally {
      await reader.close();
    }
    await markAsCopy(unfinished, openDriver);
    await sync(unfinished);
    await rename(unfinished, toFile);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/**
 * Puts the copy `fromFile` in the place of the database at `path`, which must not be in use; what was there is kept beside it
 * under the returned name. Rejects with AppError `already-running`, `database-damaged`, `database-newer`, `database-foreign`.
 */
export async function restoreDatabase(
  fromFile: string,
  path: string,
  deps: { openDriver: OpenSqlDriver; now: () => number },
): Promise<{ kept: string | undefined }> {
  const lock = await lockStore(path, deps.openDriver);
  try {
    await checkCopy(fromFile, deps.openDriver);
    const incoming = `${path}.incoming`;
    await copyFile(fromFile, incoming);
    await markAsCopy(incoming, deps.openDriver);
    await sync(incoming);
    const kept = await setAside(path, deps.now());
    await rename(incoming, path);
    return { kept };
  } finally {
    await lock.release();
  }
}

async function checkCopy(file: string, openDriver: OpenSqlDriver): Promise<void> {
  const reader = await openDriver({ path: file, mode: "read", busyTimeoutMs: BUSY_TIMEOUT_MS });
  try {
    await checkMigrations(reader);
    const { rows } = await reader.query("pragma quick_check(1)");
    const verdict = String(rows[0]?.quick_check);
    if (verdict !== "ok") throw new AppError("database-damaged", `the copy ${file} is damaged: ${verdict}`);
  } finally {
    await reader.close();
  }
}

/** So that whatever is opened from this file takes a new incarnation. Leaves no journal file behind. */
async function markAsCopy(file: string, openDriver: OpenSqlDriver): Promise<void> {
  const writer = await openDriver({ path: file, mode: "write", busyTimeoutMs: BUSY_TIMEOUT_MS });
  try {
    await writer.query("pragma journal_mode = delete");
    await writer.query("insert or replace into meta (key, value) values (?, '1')", [COPIED_KEY]);
  } finally {
    await writer.close();
  }
}

/** The write-ahead log belongs to its database: left behind, it would be replayed into the copy. */
async function setAside(path: string, now: number): Promise<string | undefined> {
  if (!(await exists(path))) return undefined;
  const kept = `${path}.before-restore-${now}`;
  for (const suffix of ["-wal", ""]) {
    if (await exists(`${path}${suffix}`)) await rename(`${path}${suffix}`, `${kept}${suffix}`);
  }
  await rm(`${path}-shm`, { force: true });
  return kept;
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}
