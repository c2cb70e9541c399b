/** Kysely over the store's drivers: one writer whose transactions are immediate, and a small pool of readers. */
import { CompiledQuery, type DatabaseConnection, type Driver, Kysely } from "kysely";
import { BaseSqliteDialect, GenericSqliteConnection, type IGenericSqlite } from "kysely-generic-sqlite";
import type { Log } from "../../protocol/log.ts";
import type { Database } from "./schema.ts";
import type { SqlDriver, SqlValue } from "./sql-driver.ts";

/** Kysely for the writer. Its callers must already hold the writer: there is one connection and no queue here. */
export function writerKysely(driver: SqlDriver, log: Log): Kysely<Database> {
  return kyselyOver(new PoolDriver([driver], log));
}

/** Kysely for readers: each transaction, or each query outside of one, borrows one of the connections. */
export function readerKysely(drivers: readonly SqlDriver[], log: Log): Kysely<Database> {
  return kyselyOver(new PoolDriver(drivers, log));
}

function kyselyOver(driver: Driver): Kysely<Database> {
  return new Kysely<Database>({ dialect: new BaseSqliteDialect(() => driver) });
}

class PoolDriver implements Driver {
  readonly #free: DatabaseConnection[];
  readonly #drivers: readonly SqlDriver[];
  readonly #waiting: ((connection: DatabaseConnection) => void)[] = [];
  readonly #log: Log;

  constructor(drivers: readonly SqlDriver[], log: Log) {
    this.#drivers = drivers;
    this.#log = log;
    this.#free = drivers.map((driver) => new GenericSqliteConnection(executor(driver)));
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#free.pop() ?? (await new Promise((resolve) => this.#waiting.push(resolve)));
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    const next = this.#waiting.shift();
    if (next) next(connection);
    else this.#free.push(connection);
  }

  /** IMMEDIATE: a transaction that reads first and then writes would otherwise fail when another wrote in between. */
  async beginTransaction(connection: DatabaseConnection, { accessMode }: { accessMode?: string }): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(accessMode === "read only" ? "begin" : "begin immediate"));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("commit"));
  }

  /** After a full disk SQLite has rolled back by itself, and says so: the first error is the one to report. */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("rollback")).catch((error: unknown) => {
      this.#log.debug({ err: error }, "rollback found nothing to undo");
    });
  }

  async destroy(): Promise<void> {
    for (const driver of this.#drivers) await driver.close();
  }
}

function executor(driver: SqlDriver): IGenericSqlite<SqlDriver> {
  return {
    db: driver,
    close: () => driver.close(),
    async query(isSelect, sql, parameters) {
      const { rows, changes, lastId } = await driver.query(sql, parameters as SqlValue[]);
      return isSelect ? { rows } : { rows, numAffectedRows: BigInt(changes), insertId: BigInt(lastId) };
    },
  };
}
