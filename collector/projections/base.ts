/**
 * Moves the base forward: what follows from the records up to it is written down, by the same engine as everything else, so
 * that those records may go. A rebuild begins with the base, and gives the rows that it would have given with them.
 */
import { setImmediate } from "node:timers/promises";
import type { Kysely } from "kysely";
import { AppError } from "../../protocol/errors.ts";
import type { Log } from "../../protocol/log.ts";
import { PROJECTIONS } from "../registry/present.ts";
import type { Store } from "../store/port.ts";
import type { Database } from "../store/schema.ts";
import { BaseTables, twinOf } from "./base-tables.ts";
import { Engine, type EngineDeps } from "./engine.ts";
import { writeRows } from "./flush.ts";
import { loadState, loadWorld } from "./load.ts";
import type { LogRecord } from "./log-record.ts";
import { Outbox } from "./outbox.ts";
import { knowSources, readLog } from "./read-log.ts";
import { BASE, REBUILD_STATE } from "./rebuild.ts";

/** Records in one transaction: small, for intake waits behind it. */
export const BASE_BATCH_RECORDS = 200;

export interface BaseDeps extends EngineDeps {
  store: Store;
  log: Log;
}

/** The record up to which the base holds what follows; 0: there is none yet. */
export async function baseReached({ read }: Pick<Store, "read">): Promise<number> {
  const cursor = await read.selectFrom("cursor").select("record_id").where("name", "=", BASE).executeTakeFirst();
  return cursor?.record_id ?? 0;
}

/**
 * How far the live tables are; nothing after it may go. Undefined while they are being computed anew, for then they may need what
 * is older than that.
 */
export async function liveReached(db: Kysely<Database>): Promise<number | undefined> {
  if ((await loadState(db, REBUILD_STATE)) !== undefined) return undefined;
  const cursor = await db.selectFrom("cursor").select("record_id").where("name", "=", PROJECTIONS).executeTakeFirst();
  return cursor?.record_id ?? 0;
}

/**
 * Moves the base to the record `through`, in small transactions behind the intake; `isStopped` is asked between them. Safe to be
 * interrupted: it goes on from where it was. Rejects with AppError `rebuilding` when the live tables have not come so far, and as
 * `Store` does.
 */
export async function advanceBase(deps: BaseDeps, through: number, isStopped: () => boolean): Promise<void> {
  const { store, settings, log } = deps;
  const reached = await baseReached(store);
  if (reached >= through) return;
  const engine = new Engine(await loadWorld(store.read.withPlugin(new BaseTables()), settings), deps);
  let last = reached;
  while (!isStopped() && last < through) {
    const batch = (await readLog(store.read, last, BASE_BATCH_RECORDS)).filter(({ id }) => id <= through);
    await knowSources(store.read, engine.world, batch);
    const outbox = new Outbox();
    for (const record of batch) {
      applyOrSkip(engine, record, outbox, log);
      await setImmediate();
    }
    last = batch.at(-1)?.id ?? through;
    await commit(store, engine, outbox, last);
  }
}

/** The live projections could not apply such a record either, and went on in the same way. */
function applyOrSkip(engine: Engine, record: LogRecord, outbox: Outbox, log: Log): void {
  try {
    engine.apply(record, outbox);
  } catch (error) {
    log.debug({ err: error, record: record.id }, "a record could not be applied to the base");
  }
}

async function commit(store: Store, { world }: Engine, outbox: Outbox, recordId: number): Promise<void> {
  await store.write(
    async (tx) => {
      const live = await liveReached(tx);
      if (live === undefined || live < recordId)
        throw new AppError(
          "rebuilding",
          "the projections are being computed anew: try again when they have come so far",
        );
      await writeRows(tx, world, outbox, twinOf);
      const cursor = { name: BASE, record_id: recordId, horizon: 0 };
      await tx
        .insertInto("cursor")
        .values(cursor)
        .onConflict((conflict) => conflict.column("name").doUpdateSet(cursor))
        .execute();
    },
    { lane: "background" },
  );
}
