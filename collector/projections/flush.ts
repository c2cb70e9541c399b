/** Writes what a batch has changed, inside the caller's transaction. */
import { sql, type Transaction } from "kysely";
import { insertNewRows, insertNumberedRows, insertRows, type Target, upsertRows } from "../store/bulk.ts";
import type { Database } from "../store/schema.ts";
import type { Change, JudgedPunch, Outbox } from "./outbox.ts";
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
  await writeRows(tx, world, outbox, (target) => target);
  const news = await insertNewRows(tx, PUNCH, outbox.punches);
  for (const judged of outbox.judgedPunches) if (await judgePunch(tx, judged)) news.add(judged.id);
  if (!isTold) return [];
  return await writeChanges(
    tx,
    outbox.changes.filter(({ type, key }) => type !== "punch" || news.has(Number(key))),
  );
}

/** A punch is written before anything can be decided about it, in this batch or in an earlier one. */
async function judgePunch(tx: Transaction<Database>, { id, decision, decisionId, at }: JudgedPunch): Promise<boolean> {
  const shown = sql<number>`(select record.at from record where record.id = punch.record_id)`;
  const { numUpdatedRows } = await tx
    .updateTable("punch")
    .set({
      decision,
      decision_id: decisionId,
      state: decision === "accepted" ? "accepted" : "doubtful",
      at: at ?? shown,
    })
    .where("id", "=", id)
    .where("doubt", "is not", null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** All but punches, each row at the place that its table has. */
export async function writeRows(
  tx: Transaction<Database>,
  world: World,
  outbox: Outbox,
  place: (target: Target) => Target,
): Promise<void> {
  const pcs = rowsOf(outbox.pcs, world, (machine) => [pcRow(machine)]);
  const machines = rowsOf(outbox.machines, world, (machine) => [machineRow(machine)]);
  const grants = [...outbox.grants].flatMap((id) => world.grants.get(id)?.row ?? []);
  const clocks = [...outbox.clocks].flatMap((clock) => world.clocks.get(clock) ?? []);
  await upsertRows(tx, place(PC), pcs);
  await upsertRows(tx, place(MACHINE), machines);
  await upsertRows(tx, place(VERDICT), verdictRows(world, outbox));
  await upsertRows(tx, place(IP_GRANT), grants);
  await upsertRows(tx, place(CLOCK), clocks);
  await upsertRows(tx, place(FINDING), [...outbox.findings.values()]);
  await insertRows(tx, place(FINDING_EVENT), outbox.findingEvents);
  await insertRows(tx, place(ALERT), outbox.alerts);
  await insertRows(tx, place(SETTING), outbox.settings);
  const states = [
    ...(outbox.deaf ? [stateRow(DEAF_STATE, world.deaf)] : []),
    ...(outbox.entered ? [stateRow(ENTERED_STATE, world.entered)] : []),
  ];
  await upsertRows(tx, place(PROJECTION_STATE), states);
}

export async function saveState(tx: Transaction<Database>, name: string, value: unknown): Promise<void> {
  await upsertRows(tx, PROJECTION_STATE, [stateRow(name, value)]);
}

function stateRow(name: string, value: unknown): Database["projection_state"] {
  return { name, value: JSON.stringify(value) };
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
