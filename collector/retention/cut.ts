/** Up to which record the time is over. */
import type { Kysely } from "kysely";
import type { Database } from "../store/schema.ts";

/**
 * The id of the last record committed before `before` (ms UTC); 0 when there is none. Never that of the newest record of all: the
 * table numbers on from it. `committed_at` grows with the id, so it is found by halving.
 */
export async function lastBefore(db: Kysely<Database>, before: number): Promise<number> {
  const ends = await db
    .selectFrom("record")
    .select((eb) => [eb.fn.min<number | null>("id").as("first"), eb.fn.max<number | null>("id").as("last")])
    .executeTakeFirst();
  if (ends?.first == null || ends.last == null) return 0;
  let [old, young] = [ends.first - 1, ends.last];
  while (young - old > 1) {
    const middle = Math.floor((old + young) / 2);
    const next = await recordAfter(db, middle - 1);
    if (next && next.committed_at < before) old = Math.min(next.id, young - 1);
    else young = middle;
  }
  return old < ends.first ? 0 : old;
}

/** The first record with a greater id. */
export function recordAfter(db: Kysely<Database>, id: number) {
  return db
    .selectFrom("record")
    .select(["id", "committed_at"])
    .where("id", ">", id)
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
}
