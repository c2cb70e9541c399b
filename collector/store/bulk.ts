/** Many rows in one statement: a prepared statement per row would cost half the throughput. */
import { type RawBuilder, sql, type Transaction } from "kysely";
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
  const sets = others.map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`);
  const onConflict = sql`on conflict (${refs(target.key)}) do update set ${sql.join(sets)}`;
  for (const piece of pieces(rows)) await insertFrom(target, piece, onConflict).execute(tx);
}

export async function insertRows(tx: Transaction<Database>, target: Target, rows: readonly object[]): Promise<void> {
  for (const piece of pieces(rows)) await insertFrom(target, piece, sql``).execute(tx);
}

/** Inserts the rows that are new by any unique identity of the table; resolves to the ids of those. */
export async function insertNewRows(
  tx: Transaction<Database>,
  target: Target,
  rows: readonly { id: number }[],
): Promise<Set<number>> {
  return new Set(await insertedIds(tx, target, rows, sql`on conflict do nothing returning id`));
}

/** Inserts rows that have no id yet; resolves to the ids that the table gives them, in the order of the rows. */
export async function insertNumberedRows(
  tx: Transaction<Database>,
  target: Target,
  rows: readonly object[],
): Promise<number[]> {
  // An id is one more than the greatest; RETURNING promises no order of its own.
  return (await insertedIds(tx, target, rows, sql`returning id`)).sort((one, other) => one - other);
}

async function insertedIds(
  tx: Transaction<Database>,
  target: Target,
  rows: readonly object[],
  tail: RawBuilder<unknown>,
): Promise<number[]> {
  const ids: number[] = [];
  for (const piece of pieces(rows)) {
    const answer = await insertFrom(target, piece, tail).execute(tx);
    for (const { id } of answer.rows as { id: number }[]) ids.push(Number(id));
  }
  return ids;
}

function insertFrom(
  { table, columns }: Target,
  rows: readonly object[],
  tail: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const json = JSON.stringify(rows.map((row) => columns.map((column) => (row as Record<string, unknown>)[column])));
  const values = columns.map((_, index) => sql`value->>${sql.lit(index)}`);
  // `where true` keeps SQLite from reading `on conflict` as a join's condition.
  return sql`insert into ${sql.table(table)} (${refs(columns)})
    select ${sql.join(values)} from json_each(${json}) where true ${tail}`;
}

function refs(columns: readonly string[]): RawBuilder<unknown> {
  return sql.join(columns.map((column) => sql.ref(column)));
}

function* pieces<Row>(rows: readonly Row[]): Generator<Row[]> {
  for (let start = 0; start < rows.length; start += ROWS_MAX) yield rows.slice(start, start + ROWS_MAX);
}
