/**
 * Which records go when their time is over: what agents report, and their presence. Never a punch, a decision, or anything of a
 * clock's reader, which attendance rests on; and nothing of a PC with an open finding, which it may be the evidence of.
 */
import { type Kysely, sql } from "kysely";
import { CENTRE_SOURCE } from "../registry/decisions.ts";
import type { Database } from "../store/schema.ts";

/** Records looked at by one query: bounded, for a reader's snapshot keeps the write-ahead log from beginning anew. */
export const WINDOW_RECORDS = 20_000;

const HELD = sql`select source_id from finding where state = 'open' and source_id is not null`;
const PCS = sql`select id from source where kind = 'agent'`;
const CENTRE_MARKS = sql`select mark.id from mark join source on source.id = mark.source_id
  where source.name = ${sql.lit(CENTRE_SOURCE)}`;

/** The PC that a row of `record` is about, if it is of a kind that goes. */
const SUBJECT = sql`case when record.mark_id in (${CENTRE_MARKS})
  then (select source.id from source where record.kind = 'presence' and source.name = record.body->>'source')
  else (select mark.source_id from mark where mark.id = record.mark_id) end`;

/** Whether a row of `record` goes once it is old enough, or would if its PC had no open finding. */
const OF_A_PC = sql<boolean>`${SUBJECT} in (${PCS})`;
const IS_HELD = sql<number>`${SUBJECT} in (${HELD})`;

export interface Window {
  after: number;
  /** Included. */
  through: number;
}

export interface Counted {
  kind: string;
  held: number;
  records: number;
  bytes: number;
}

/** What of the window goes, and what would, by kind. */
export async function countRemovable(db: Kysely<Database>, { after, through }: Window): Promise<Counted[]> {
  const { rows } = await sql<Counted>`
    select record.kind, ${IS_HELD} as held, count(*) as records, sum(length(record.body)) as bytes
    from record where id > ${after} and id <= ${through} and ${OF_A_PC}
    group by 1, 2 order by 1, 2`.execute(db);
  return rows;
}

/** The ids of those that go, the first `limit` of the window, in order. */
export async function findRemovable(
  db: Kysely<Database>,
  { after, through }: Window,
  limit: number,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from record where id > ${after} and id <= ${through} and ${OF_A_PC} and not ${IS_HELD}
    order by id limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}

/** Asks again which of them go, for a finding may have opened meanwhile. Resolves to how many went. */
export async function removeRecords(tx: Kysely<Database>, ids: readonly number[]): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from record where id in (select value from json_each(${JSON.stringify(ids)}))
    and ${OF_A_PC} and not ${IS_HELD}`.execute(tx);
  return Number(numAffectedRows ?? 0);
}
