/** Which notices were told and stand: each is told once when it is raised and once when it is resolved, restarts apart. */
import type { Kysely, Transaction } from "kysely";
import { type NumberedChange, writeChanges } from "../projections/flush.ts";
import type { Store } from "../store/port.ts";
import type { Database } from "../store/schema.ts";
import type { Notice } from "./notices.ts";

const META_KEY = "notices";

export function keyOfNotice({ code, subject }: Notice): string {
  return `${code}|${subject}`;
}

/** Keys of the notices that stand as they were last told. */
export async function standingNotices(db: Kysely<Database>): Promise<string[]> {
  const row = await db.selectFrom("meta").select("value").where("key", "=", META_KEY).executeTakeFirst();
  return row ? (JSON.parse(row.value) as string[]) : [];
}

/** Writes what has been raised and resolved since it was last told; resolves to the changes, numbered. */
export async function tellNotices(store: Store, notices: readonly Notice[], at: number): Promise<NumberedChange[]> {
  const present = notices.map(keyOfNotice);
  const told = await standingNotices(store.read);
  const keys = [...present.filter((key) => !told.includes(key)), ...told.filter((key) => !present.includes(key))];
  if (keys.length === 0) return [];
  return await store.write(
    async (tx) => {
      await keep(tx, present);
      return await writeChanges(
        tx,
        keys.map((key) => ({ at, type: "notice" as const, key })),
      );
    },
    { lane: "background" },
  );
}

async function keep(tx: Transaction<Database>, keys: string[]): Promise<void> {
  const value = JSON.stringify(keys);
  await tx
    .insertInto("meta")
    .values({ key: META_KEY, value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
    .execute();
}
