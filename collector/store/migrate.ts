/** Ordered migrations: each in a transaction of its own, its name recorded, never changed once released. */
import { AppError } from "../../protocol/errors.ts";
import type { Log } from "../../protocol/log.ts";
import { FIRST } from "./migrations/0001-first.ts";
import { VERDICTS_MIGRATION } from "./migrations/0002-verdicts.ts";
import { ATTENDANCE_MIGRATION } from "./migrations/0003-attendance.ts";
import { ENROLMENT_REASON_MIGRATION } from "./migrations/0004-enrolment-reason.ts";
import { SETTINGS_MIGRATION } from "./migrations/0005-settings.ts";
import { BASE_MIGRATION } from "./migrations/0006-base.ts";
import { PUNCH_DECISIONS_MIGRATION } from "./migrations/0007-punch-decisions.ts";
import { inTransaction, type SqlDriver } from "./sql-driver.ts";

export interface Migration {
  /** `NNNN-title`, the file's name; the order is that of the list. */
  name: string;
  sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  FIRST,
  VERDICTS_MIGRATION,
  ATTENDANCE_MIGRATION,
  ENROLMENT_REASON_MIGRATION,
  SETTINGS_MIGRATION,
  BASE_MIGRATION,
  PUNCH_DECISIONS_MIGRATION,
];

interface MigrateDeps {
  now: () => number;
  log: Log;
}

/**
 * Brings the database up to date. Rejects with AppError `database-newer` when it has a migration that this code does not
 * know: an older program must not write to it.
 */
export async function migrate(
  writer: SqlDriver,
  deps: MigrateDeps,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  await writer.exec("create table if not exists migration (name text primary key, applied_at integer not null) strict");
  const applied = await appliedMigrations(writer);
  refuseNewer(applied, migrations);
  for (const migration of migrations) {
    if (applied.includes(migration.name)) continue;
    await apply(writer, migration, deps);
    deps.log.info({ migration: migration.name }, "database migrated");
  }
}

/** Rejects with AppError `database-newer`, or `database-foreign` when the file is no database of this program. */
export async function checkMigrations(reader: SqlDriver, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  const { rows } = await reader.query("select 1 from sqlite_master where type = 'table' and name = 'migration'");
  if (rows.length === 0) throw new AppError("database-foreign", "the file is not a compliance database");
  refuseNewer(await appliedMigrations(reader), migrations);
}

async function appliedMigrations(driver: SqlDriver): Promise<string[]> {
  const { rows } = await driver.query("select name from migration order by name");
  return rows.map((row) => String(row.name));
}

function refuseNewer(applied: readonly string[], migrations: readonly Migration[]): void {
  const unknown = applied.filter((name) => !migrations.some((migration) => migration.name === name));
  if (unknown.length === 0) return;
  const text = `the database is newer than this program: it has ${unknown.join(", ")}; start the newer version`;
  throw new AppError("database-newer", text);
}

async function apply(writer: SqlDriver, { name, sql }: Migration, { now, log }: MigrateDeps): Promise<void> {
  await inTransaction(writer, log, async () => {
    await writer.exec(sql);
    await writer.query("insert into migration (name, applied_at) values (?, ?)", [name, now()]);
  });
}
