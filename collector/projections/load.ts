/** Puts the world together again from the tables, as it was when the last batch was written. */
import type { Kysely } from "kysely";
import { CLOCK_WRONG } from "../compliance/clock-wrong.ts";
import type { ComplianceSettings } from "../compliance/settings.ts";
import { parseBlock } from "../registry/address.ts";
import type { Database } from "../store/schema.ts";
import { DEAF_STATE, ENTERED_STATE } from "./flush.ts";
import { setDeadline } from "./judge.ts";
import { newMachine } from "./machine-state.ts";
import { addressesOf } from "./posture.ts";
import { holdGrant } from "./registry.ts";
import { restoreMachine } from "./rows.ts";
import { addSource, emptyWorld, heldBy, type World } from "./world.ts";

export async function loadWorld(db: Kysely<Database>, settings: ComplianceSettings): Promise<World> {
  const world = emptyWorld();
  await loadSources(db, world);
  await loadMachines(db, world, settings);
  await loadLedger(db, world);
  await loadJudgements(db, world);
  for (const clock of await db.selectFrom("clock").selectAll().execute()) world.clocks.set(clock.clock, clock);
  for (const { key, value } of await db.selectFrom("setting").select(["key", "value"]).orderBy("id").execute())
    world.settings[key] = JSON.parse(value);
  world.deaf = (await loadState<World["deaf"]>(db, DEAF_STATE)) ?? [];
  world.entered = (await loadState<World["entered"]>(db, ENTERED_STATE)) ?? world.entered;
  world.nextFindingId = (await lastId(db, "finding")) + 1;
  world.nextEventId = (await lastId(db, "finding_event")) + 1;
  world.nextAlertId = (await lastId(db, "alert")) + 1;
  for (const machine of world.machines.values()) setDeadline(world, machine);
  return world;
}

/** Adds the sources that are newer than those known. Their rows are never taken away, and their ids grow. */
export async function loadSources(db: Kysely<Database>, world: World): Promise<void> {
  let known = 0;
  for (const id of world.sources.keys()) known = Math.max(known, id);
  const rows = await db
    .selectFrom("source")
    .select(["id", "name", "kind", "hostname", "simulated"])
    .where("id", ">", known)
    .execute();
  for (const { simulated, ...source } of rows) addSource(world, { ...source, simulated: simulated === 1 });
}

export async function loadState<T>(db: Kysely<Database>, name: string): Promise<T | undefined> {
  const row = await db.selectFrom("projection_state").select("value").where("name", "=", name).executeTakeFirst();
  return row && (JSON.parse(row.value) as T);
}

async function loadMachines(db: Kysely<Database>, world: World, settings: ComplianceSettings): Promise<void> {
  for (const { source_id, ...pc } of await db.selectFrom("pc").selectAll().orderBy("source_id").execute()) {
    const name = world.sources.get(source_id)?.name ?? String(source_id);
    const machine = newMachine(source_id, name, "", false, pc.first_seen_at);
    world.machines.set(source_id, Object.assign(machine, { pc }));
  }
  for (const row of await db.selectFrom("machine").selectAll().execute()) {
    const machine = world.machines.get(row.source_id);
    if (!machine) continue;
    restoreMachine(machine, row);
    machine.addresses = addressesOf(machine, settings);
    for (const address of heldBy(machine)) world.holders.add(address, machine.sourceId);
  }
}

async function loadLedger(db: Kysely<Database>, world: World): Promise<void> {
  for (const row of await db.selectFrom("ip_grant").selectAll().orderBy("id").execute()) {
    const block = parseBlock(row.address);
    if (block) holdGrant(world, { row, block });
  }
}

async function loadJudgements(db: Kysely<Database>, world: World): Promise<void> {
  for (const { source_id, rule, ...verdict } of await db.selectFrom("verdict").selectAll().execute()) {
    world.machines.get(source_id)?.verdicts.set(rule, verdict);
  }
  const findings = await db.selectFrom("finding").selectAll().where("state", "=", "open").execute();
  for (const { id, subject, source_id, rule, rule_version, severity, evidence: json, opened_at } of findings) {
    const evidence = JSON.parse(json) as Record<string, unknown>;
    const open = { id, rule, ruleVersion: rule_version, severity, evidence, openedAt: opened_at };
    if (rule === CLOCK_WRONG.code) world.clockFindings.set(subject, open);
    else world.machines.get(source_id ?? Number.NaN)?.open.set(rule, open);
  }
}

async function lastId(db: Kysely<Database>, table: "finding" | "finding_event" | "alert"): Promise<number> {
  const row = await db.selectFrom(table).select("id").orderBy("id", "desc").limit(1).executeTakeFirst();
  return row?.id ?? 0;
}
