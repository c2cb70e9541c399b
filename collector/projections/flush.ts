/** Writes what a batch has changed, inside the caller's transaction. */
import type { Transaction } from "kysely";
import { insertNewRows, insertNumberedRows, insertRows, upsertRows } from "../store/bulk.ts";
import type { Database } from "../store/schema.ts";
import type { Change, Outbox } from "./outbox.ts";
import { machineRow, pcRow, verdictRow } from "./rows.ts";
import {
  ALERT,
  CHANGE,
  CLOCK,
  FINDING,
  FINDING_EVENT,
  IP_GRANT,
  MACHINE,
  PC,
  PROJECTION_STATE,
  PUNCH,
  SETTING,
  VERDICT,
} from "./tables.ts";
import type { World } from "./world.ts";

/** Changes that stay for readers to resume by. */
export const CHANGES_KEPT = 200_000;
/** How often what is older goes: at each so many changes. */
const CHANGES_TRIMMED_EACH = 10_000;

export const DEAF_STATE = "deaf";
export const ENTERED_STATE = "entered-days";

export type NumberedChange = Change & { id: number };

/** Resolves to the changes, numbered; to none when they are not to be told (`isTold` false, during a rebuild). */
export async function flush(
  tx: Transaction<Database>,
  world: World,
  outbox: Outbox,
  isTold: boolean,
): Promise<NumberedChange[]> {
  await upsertRows(
    tx,
    PC,
    rowsOf(outbox.pcs, world, (machine) => [pcRow(machine)]),
  );
  await upsertRows(
    tx,
    MACHINE,
    rowsOf(outbox.machines, world, (machine) => [machineRow(machine)]),
  );
  await upsertRows(tx, VERDICT, verdictRows(world, outbox));
  await upsertRows(
    tx,
    IP_GRANT,
    [...outbox.grants].flatMap((id) => world.grants.get(id)?.row ?? []),
  );
  await upsertRows(
    tx,
    CLOCK,
    [...outbox.clocks].flatMap((clock) => world.clocks.get(clock) ?? []),
  );
  await upsertRows(tx, FINDING, [...outbox.findings.values()]);
  await insertRows(tx, FINDING_EVENT, outbox.findingEvents);
  await insertRows(tx, ALERT, outbox.alerts);
  await insertRows(tx, SETTING, outbox.settings);
  const news = await insertNewRows(tx, PUNCH, outbox.punches);
  if (outbox.deaf) await saveState(tx, DEAF_STATE, world.deaf);
  if (outbox.entered) await saveState(tx, ENTERED_STATE, world.entered);
  if (!isTold) return [];
  return await writeChanges(
    tx,
    outbox.changes.filter(({ type, key }) => type !== "punch" || news.has(Number(key))),
  );
}

export async function saveState(tx: Transaction<Database>, name: string, value: unknown): Promise<void> {
  await upsertRows(tx, PROJECTION_STATE, [{ name, value: JSON.stringify(value) }]);
}

/** Resolves to the changes with the numbers that the table gives them, in their order. */
export async function writeChanges(tx: Transaction<Database>, changes: readonly Change[]): Promise<NumberedChange[]> {
  const ids = await insertNumberedRows(tx, CHANGE, changes);
  const newest = ids.at(-1);
  if (newest === undefined) return [];
  if (newest % CHANGES_TRIMMED_EACH < ids.length) {
    await tx
      .deleteFrom("change")
      .where("id", "<=", newest - CHANGES_KEPT)
      .execute();
  }
  return changes.map((change, index) => ({ id: ids[index] as number, ...change }));
}

function rowsOf<Row>(
  ids: Set<number>,
  { machines }: World,
  make: (machine: NonNullable<ReturnType<World["machines"]["get"]>>) => Row[],
): Row[] {
  return [...ids].flatMap((id) => {
    const machine = machines.get(id);
    return machine ? make(machine) : [];
  });
}

function verdictRows(world: World, { verdicts }: Outbox) {
  return [...verdicts].flatMap(([id, rules]) => {
    const machine = world.machines.get(id);
    return machine ? [...rules].flatMap((rule) => verdictRow(machine, rule)) : [];
  });
}
