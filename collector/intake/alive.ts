/** The centre's own life in the evidence: when it began to listen, and since when it had not. */
import type { Transaction } from "kysely";
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import type { Store } from "../store/port.ts";
import type { Database } from "../store/schema.ts";

const ALIVE_KEY = "alive";

export interface AliveDeps {
  store: Store;
  clock: Clock;
  log: Log;
  everyMs: number;
  version: string;
}

/** Appends `centre.started` and goes on noting that the centre lives; the returned function notes it a last time and stops. */
export async function startAlive(deps: AliveDeps): Promise<() => Promise<void>> {
  await appendStarted(deps);
  let cancel = () => {};
  let writing = Promise.resolve();
  const schedule = () => {
    cancel = deps.clock.after(deps.everyMs, () => {
      writing = noteAlive(deps).finally(schedule);
    });
  };
  schedule();
  return async () => {
    await writing;
    cancel();
    await noteAlive(deps);
  };
}

async function appendStarted({ store, clock, version }: AliveDeps): Promise<void> {
  await store.write(async (tx) => {
    const alive = await tx.selectFrom("meta").select("value").where("key", "=", ALIVE_KEY).executeTakeFirst();
    const silentSince = alive ? Math.max(Number(alive.value), await handledUntil(tx)) : null;
    await store.appendDecisions([{ kind: "centre.started", body: { silentSince, version } }], tx);
    await upsertAlive(tx, clock);
  });
}

/**
 * Up to when the projections had handled what time brings: the centre lived until then, though it died before it noted so.
 * A rebuild must not take that time for silence, or it would come to other rows.
 */
async function handledUntil(tx: Transaction<Database>): Promise<number> {
  const cursors = await tx.selectFrom("cursor").select("horizon").execute();
  return Math.max(0, ...cursors.map(({ horizon }) => horizon));
}

async function noteAlive({ store, clock, log }: AliveDeps): Promise<void> {
  try {
    await store.write((tx) => upsertAlive(tx, clock));
  } catch (error) {
    log.warn({ err: error }, "cannot note that the centre is alive");
  }
}

async function upsertAlive(tx: Transaction<Database>, clock: Clock): Promise<void> {
  const value = String(Math.floor(clock.now()));
  await tx
    .insertInto("meta")
    .values({ key: ALIVE_KEY, value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
    .execute();
}
