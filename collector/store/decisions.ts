/** Decisions of the centre as records of the source `centre`, in the same log as everything observed. */
import assert from "node:assert/strict";
import { sql, type Transaction } from "kysely";
import { CENTRE_SOURCE, DECISION_BODIES, type Decision } from "../registry/decisions.ts";
import { insertNumberedRows, type Target } from "./bulk.ts";
import type { Database } from "./schema.ts";

/** The centre has one epoch for ever: it has no journal that could be lost. */
export const CENTRE_EPOCH = "0".repeat(16);

/** No address and no offset: a decision comes over no network. */
const RECORD: Target = {
  table: "record",
  key: ["id"],
  columns: ["mark_id", "seq", "kind", "at", "received_at", "committed_at", "body"],
};

/** Appends inside `tx`; resolves to the record ids in the order of the decisions. A body that breaks its schema is a bug here. */
export async function insertDecisions(
  tx: Transaction<Database>,
  decisions: readonly Decision[],
  stamp: number,
): Promise<number[]> {
  if (decisions.length === 0) return [];
  const mark = await advanceCentreMark(tx, decisions.length, stamp);
  const first = mark.committed - decisions.length + 1;
  const rows = decisions.map(({ kind, body }, index) => {
    assert(DECISION_BODIES[kind].safeParse(body).success, `decision ${kind} breaks its schema`);
    const times = { at: stamp, received_at: stamp, committed_at: stamp };
    return { mark_id: mark.id, seq: first + index, kind, ...times, body: JSON.stringify(body) };
  });
  return await insertNumberedRows(tx, RECORD, rows);
}

async function advanceCentreMark(
  tx: Transaction<Database>,
  count: number,
  stamp: number,
): Promise<{ id: number; committed: number }> {
  const centre = await tx.selectFrom("source").select("id").where("name", "=", CENTRE_SOURCE).executeTakeFirstOrThrow();
  return await tx
    .insertInto("mark")
    .values({ source_id: centre.id, epoch: CENTRE_EPOCH, committed: count, machine: null, updated_at: stamp })
    .onConflict((conflict) =>
      conflict
        .columns(["source_id", "epoch"])
        .doUpdateSet({ committed: sql<number>`mark.committed + ${count}`, updated_at: stamp }),
    )
    .returning(["id", "committed"])
    .executeTakeFirstOrThrow();
}
