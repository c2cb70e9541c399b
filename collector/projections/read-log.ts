/** Reads the evidence in its order. */
import type { Kysely } from "kysely";
import { CENTRE_SOURCE } from "../registry/decisions.ts";
import type { Database } from "../store/schema.ts";
import { loadSources } from "./load.ts";
import type { LogRecord } from "./log-record.ts";
import type { World } from "./world.ts";

/** The records after `after`, at most `limit`, in the order of their ids. */
export async function readLog(db: Kysely<Database>, after: number, limit: number): Promise<LogRecord[]> {
  const rows = await db
    .selectFrom("record")
    .innerJoin("mark", "mark.id", "record.mark_id")
    .select([
      "record.id",
      "mark.source_id as sourceId",
      "record.kind",
      "record.at",
      "record.received_at as receivedAt",
      "record.committed_at as committedAt",
      "record.address",
      "record.offset_ms as offsetMs",
      "record.body",
    ])
    .where("record.id", ">", after)
    .orderBy("record.id")
    .limit(limit)
    .execute();
  return rows;
}

/** Makes sure that every source which the records come from or name is known. */
export async function knowSources(db: Kysely<Database>, world: World, records: readonly LogRecord[]): Promise<void> {
  if (records.some((record) => !isKnown(world, record))) await loadSources(db, world);
}

function isKnown({ sources, sourceIds }: World, { sourceId, body }: LogRecord): boolean {
  const source = sources.get(sourceId);
  if (source?.name !== CENTRE_SOURCE) return source !== undefined;
  const { source: named } = JSON.parse(body) as { source?: string };
  return named === undefined || sourceIds.has(named);
}
