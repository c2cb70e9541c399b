/** The few functions that the store needs from an SQLite binding, so that the binding can be exchanged by a setting. */
import { AppError } from "../../protocol/errors.ts";
import type { Log } from "../../protocol/log.ts";

export type SqlValue = string | number | bigint | Uint8Array | null;

export interface SqlOutcome {
  /** Rows of a query or of a RETURNING clause. */
  rows: Record<string, unknown>[];
  /** Rows inserted, updated or deleted by this statement; 0 for a query. */
  changes: number;
  /** Rowid of the last insert on this connection. */
  lastId: number;
}

/** One connection. Callers await each call before the next one: bindings do not keep order otherwise. */
export interface SqlDriver {
  /** Runs one statement to its end. Rejects with an AppError of `STORE_ERROR_CODES`. */
  query(sql: string, parameters?: readonly SqlValue[]): Promise<SqlOutcome>;
  /** Runs any number of statements without parameters. */
  exec(sql: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Commits what `work` writes on the connection, or undoes all of it and rejects with what it threw. After a full disk SQLite has
 * rolled back by itself, and says so: the first error is the one to report.
 */
export async function inTransaction<T>(driver: SqlDriver, log: Log, work: () => Promise<T>): Promise<T> {
  await driver.query("begin immediate");
  try {
    const result = await work();
    await driver.query("commit");
    return result;
  } catch (error) {
    await driver.query("rollback").catch((undone: unknown) => {
      log.debug({ err: undone }, "rollback found nothing to undo");
    });
    throw error;
  }
}

export interface OpenSqlOptions {
  path: string;
  /** `read` never writes, `write` creates the file if it is absent. */
  mode: "read" | "write";
  /** How long a statement waits for a lock that another process holds. */
  busyTimeoutMs: number;
}

export type OpenSqlDriver = (options: OpenSqlOptions) => Promise<SqlDriver>;

/** Statements kept prepared on each connection. */
export const PREPARED_STATEMENTS_MAX = 64;

/** How to read the primary result codes (https://sqlite.org/rescode.html) that an operator can do something about. */
const ERRORS: Record<number, { code: string; text: string }> = {
  5: { code: "database-locked", text: "another process holds the database locked" },
  6: { code: "database-locked", text: "the database is locked" },
  8: { code: "database-read-only", text: "the database may not be written to" },
  10: { code: "disk-full", text: "the disk under the database is full or failing" },
  11: { code: "database-damaged", text: "the database file is damaged" },
  13: { code: "disk-full", text: "the disk under the database is full" },
  14: { code: "database-unreachable", text: "the database file cannot be opened" },
  19: { code: "database-constraint", text: "the database refuses these values" },
  26: { code: "database-damaged", text: "the file is not an SQLite database" },
};

/** Turns a binding's error into an AppError; the extended result code is reduced to its primary one. */
export function storeError(cause: Error, resultCode: number | undefined): AppError {
  const known = resultCode === undefined ? undefined : ERRORS[resultCode & 0xff];
  if (!known) return new AppError("database-error", `the database failed: ${cause.message}`, { cause });
  return new AppError(known.code, `${known.text} (${cause.message})`, { cause });
}

/** Storage trouble that may pass by itself: nothing was committed, and the same write may be tried again. */
export function isPassing(error: unknown): boolean {
  return error instanceof AppError && ["disk-full", "database-locked"].includes(error.code);
}

/** Storage that fails, as against a write that was refused for what it says. */
export function isStorageTrouble(error: unknown): boolean {
  return error instanceof AppError && /^(disk|database)-/.test(error.code) && error.code !== "database-constraint";
}

/** Whether a statement gives rows: bindings offer two calls, and each tells only its half of an outcome. */
export function returnsRows(sql: string): boolean {
  return !/^\s*(insert|update|delete|replace|begin|commit|rollback)\b/i.test(sql) || /\breturning\b/i.test(sql);
}
