/** Many rows in one statement: a prepared statement per row would cost half the throughput. */
import { CompiledQuery, type Transaction } from "kysely";
import type { Database } from "./schema.ts";

/** Rows in one statement. */
export const ROWS_MAX = 1_000;

export interface Target {
  table: keyof Database & string;
  columns: readonly string[];
  /** Columns that identify a row. */
  key: readonly string[];
}

/** Inserts rows, or overwrites those that are there. */
export async function upsertRows(tx: Transaction<Database>, target: Target, rows: readonly object[]): Promise<void> {
  const others = target.columns.filter((column) => !target.key.includes(column));
  const sets = others.map((column) => `"${column}" = excluded."${column}"`).join(", ");
  await insertFrom(tx, target, rows, `on conflict (${names(target.key)}) do update set ${sets}`);
}

export async function insertRows(tx: Transaction<Database>, target: Target, rows: readonly object[]): Promise<void> {
  await insertFrom(tx, target, rows, "");
}

/** Inserts the rows that are new by any unique identity of the table; resolves to the ids of those. */
export async function insertNewRows(
  tx: Transaction<Database>,
  target: Target,
  rows: readonly { id: number }[],
): Promise<Set<number>> {
  return new Set(await insertFrom(tx, target, rows, "on conflict do nothing returning id"));
}

/** Inserts rows that have no id yet; resolves to the ids that the table gives them, in the order of the rows. */
export async function insertNumberedRows(
  tx: Transaction<Database>,
  target: Target,
  rows: readonly object[],
): Promise<number[]> {
  // An id is one more than the greatest; RETURNING promises no order of its own.
  return (await insertFrom(tx, target, rows, "returning id")).sort((one, other) => one - other);
}

/** The ids, if `tail` returns them. The text is put together here: kysely's own building of it costs more than a small insert. */
async function insertFrom(
  tx: Transaction<Database>,
  { table, columns }: Target,
  rows: readonly object[],
  tail: string,
): Promise<number[]> {
  const values = columns.map((_, index) => `value->>${index}`).join(", ");
  // `where true` keeps SQLite from reading `on conflict` as a join's condition.
  const text = `insert into "${table}" (${names(columns)}) select ${values} from json_each(?) where true ${tail}`;
  const ids: number[] = [];
  for (let start = 0; start < rows.length; start += ROWS_MAX) {
    const piece = rows.slice(start, start + ROWS_MAX) as Record<string, unknown>[];
    const json = JSON.stringify(piece.map((row) => columns.map((column) => row[column])));
    const answer = await tx.executeQuery<{ id: number }>(CompiledQuery.raw(text, [json]));
    for (const { id } of answer.rows) ids.push(Number(id));
  }
  return ids;
}

function names(columns: readonly string[]): string {
  return columns.map((column) => `"${column}"`).join(", ");
}
