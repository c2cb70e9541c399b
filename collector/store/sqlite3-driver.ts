/** The store's driver over npm `sqlite3`: statements run on the thread pool, one at a time, prepared ones are kept. */
import sqlite3 from "sqlite3";
import {
  type OpenSqlDriver,
  PREPARED_STATEMENTS_MAX,
  returnsRows,
  type SqlDriver,
  type SqlOutcome,
  type SqlValue,
  storeError,
} from "./sql-driver.ts";

/** Opens a connection. Rejects with AppError `database-unreachable` and its kin. */
export const openSqlite3Driver: OpenSqlDriver = async ({ path, mode, busyTimeoutMs }) => {
  const flags = mode === "read" ? sqlite3.OPEN_READONLY : sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE;
  const database = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened = new sqlite3.Database(path, flags, (error) => (error ? reject(failure(error)) : resolve(opened)));
  });
  database.configure("busyTimeout", busyTimeoutMs);
  return new Sqlite3Driver(database);
};

class Sqlite3Driver implements SqlDriver {
  readonly #database: sqlite3.Database;
  /** Least recently used first. */
  readonly #statements = new Map<string, sqlite3.Statement>();

  constructor(database: sqlite3.Database) {
    this.#database = database;
  }

  async query(sql: string, parameters: readonly SqlValue[] = []): Promise<SqlOutcome> {
    // Without a wait, so that the statement runs while its caller goes on.
    const statement = this.#kept(sql) ?? (await this.#prepared(sql));
    try {
      return await (returnsRows(sql) ? all(statement, parameters) : run(statement, parameters));
    } catch (error) {
      // A failed statement is not reset by the binding: it must not be used again.
      this.#statements.delete(sql);
      await finalize(statement);
      throw error;
    }
  }

  async exec(sql: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#database.exec(sql, (error) => (error ? reject(failure(error)) : resolve()));
    });
  }

  async close(): Promise<void> {
    for (const statement of this.#statements.values()) await finalize(statement);
    this.#statements.clear();
    await new Promise<void>((resolve, reject) => {
      this.#database.close((error) => (error ? reject(failure(error)) : resolve()));
    });
  }

  #kept(sql: string): sqlite3.Statement | undefined {
    const kept = this.#statements.get(sql);
    if (!kept) return undefined;
    this.#statements.delete(sql);
    this.#statements.set(sql, kept);
    return kept;
  }

  async #prepared(sql: string): Promise<sqlite3.Statement> {
    const statement = await this.#prepare(sql);
    this.#statements.set(sql, statement);
    if (this.#statements.size > PREPARED_STATEMENTS_MAX) await this.#dropOldest();
    return statement;
  }

  async #prepare(sql: string): Promise<sqlite3.Statement> {
    return await new Promise((resolve, reject) => {
      const statement = this.#database.prepare(sql, (error) => (error ? reject(failure(error)) : resolve(statement)));
    });
  }

  async #dropOldest(): Promise<void> {
    const oldest = this.#statements.entries().next().value;
    if (!oldest) return;
    this.#statements.delete(oldest[0]);
    await finalize(oldest[1]);
  }
}

async function all(statement: sqlite3.Statement, parameters: readonly SqlValue[]): Promise<SqlOutcome> {
  return await new Promise((resolve, reject) => {
    statement.all(parameters, (error: Error | null, rows: Record<string, unknown>[]) => {
      if (error) reject(failure(error));
      else resolve({ rows, changes: rows.length, lastId: 0 });
    });
  });
}

async function run(statement: sqlite3.Statement, parameters: readonly SqlValue[]): Promise<SqlOutcome> {
  return await new Promise((resolve, reject) => {
    statement.run(parameters, function (error: Error | null) {
      if (error) reject(failure(error));
      else resolve({ rows: [], changes: this.changes, lastId: this.lastID });
    });
  });
}

async function finalize(statement: sqlite3.Statement): Promise<void> {
  // The binding hands a failed statement's last error to finalize once more; it was reported already.
  await new Promise<void>((resolve) => statement.finalize(() => resolve()));
}

function failure(error: Error): Error {
  const { errno } = error as NodeJS.ErrnoException;
  return storeError(error, errno);
}
