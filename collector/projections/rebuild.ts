/** Empties the projections down to the base, so that they are computed anew from there on. */
import type { Transaction } from "kysely";
import { PROJECTIONS } from "../registry/present.ts";
import type { Database } from "../store/schema.ts";
import { copyBase } from "./base-tables.ts";
import { saveState } from "./flush.ts";

export const REBUILD_STATE = "rebuild";
/** The name of the base's cursor. */
export const BASE = "base";

/**
 * A rebuild under way: it began with the base, which holds what follows from the records up to `from` but for punches; records up to
 * `through` are not told as news; deadlines before `horizon` had been handled before.
 */
export interface RebuildState {
  from: number;
  through: number;
  horizon: number;
}

/** Not `change`: what was told was told. */
const PROJECTED = [
  "pc",
  "ip_grant",
  "machine",
  "punch",
  "clock",
  "finding",
  "finding_event",
  "alert",
  "verdict",
  "setting",
] as const;

/** Resolves to what the rebuild has to reach. One that was interrupted and begins again keeps its aim. */
export async function emptyProjections(tx: Transaction<Database>, unfinished?: RebuildState): Promise<RebuildState> {
  const cursor = await tx.selectFrom("cursor").selectAll().where("name", "=", PROJECTIONS).executeTakeFirst();
  const base = await tx.selectFrom("cursor").selectAll().where("name", "=", BASE).executeTakeFirst();
  const state = {
    from: base?.record_id ?? 0,
    through: Math.max(cursor?.record_id ?? 0, unfinished?.through ?? 0),
    horizon: Math.max(cursor?.horizon ?? 0, unfinished?.horizon ?? 0),
  };
  for (const table of PROJECTED) await tx.deleteFrom(table).execute();
  await tx.deleteFrom("projection_state").execute();
  await tx.deleteFrom("cursor").where("name", "=", PROJECTIONS).execute();
  await copyBase(tx);
  await saveState(tx, REBUILD_STATE, state);
  return state;
}
