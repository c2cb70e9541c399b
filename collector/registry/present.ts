/**
 * What the register and the ledger are at this moment inside a write transaction: the projected tables, and on top of
 * them the decisions in the log that no projection has taken up yet. So two officers cannot be promised the same address.
 */
import type { Kysely, Transaction } from "kysely";
import { AppError } from "../../protocol/errors.ts";
import type { Database } from "../store/schema.ts";
import type { DecisionBody, PC_ROLES, PC_ZONES } from "./decisions.ts";
import type { SettingValue, SettingValues } from "./settings.ts";

/** The name of the cursor of the projections. */
export const PROJECTIONS = "projections";

export interface PcView {
  source: string;
  state: "pending" | "approved" | "retired";
  unit: string | null;
  custodian: string | null;
  role: (typeof PC_ROLES)[number];
  zone: (typeof PC_ZONES)[number];
  note: string | null;
}

export interface GrantView {
  source: string;
  address: string;
  from: string;
  to: string | null;
  reference: string;
}

export interface PresentGrant {
  id: number;
  revoked: boolean;
  grant: GrantView;
}

/** Rejects with AppError `unknown-source`, `not-a-pc`. */
export async function pcNow(tx: Transaction<Database>, name: string): Promise<PcView> {
  const source = await tx.selectFrom("source").select(["id", "kind"]).where("name", "=", name).executeTakeFirst();
  if (!source) throw new AppError("unknown-source", `no source has the name ${name}`);
  if (source.kind !== "agent") throw new AppError("not-a-pc", `${name} is no PC's agent`);
  const row = await tx
    .selectFrom("pc")
    .select(["state", "unit", "custodian", "role", "zone", "note"])
    .where("source_id", "=", source.id)
    .executeTakeFirst();
  let pc: PcView = row ? { source: name, ...row } : blank(name);
  for (const { body } of await waiting(tx, ["pc.registered"])) {
    const entry = JSON.parse(body) as DecisionBody<"pc.registered">;
    if (entry.source !== name) continue;
    const { state, unit, custodian, role, zone, note } = entry;
    pc = { source: name, state, unit, custodian, role, zone, note };
  }
  return pc;
}

/** The grants in the ledger, in the order of their ids; revoked ones only when asked for. */
export async function grantsNow(tx: Transaction<Database>, { revoked = false } = {}): Promise<PresentGrant[]> {
  const rows = await tx
    .selectFrom("ip_grant")
    .innerJoin("source", "source.id", "ip_grant.source_id")
    .select(["ip_grant.id", "source.name as source", "address", "from_date", "to_date", "reference", "revoked_at"])
    .orderBy("ip_grant.id")
    .execute();
  const grants = new Map<number, PresentGrant>();
  for (const { id, source, address, from_date, to_date, reference, revoked_at } of rows) {
    const grant = { source, address, from: from_date, to: to_date, reference };
    grants.set(id, { id, revoked: revoked_at !== null, grant });
  }
  for (const { id, kind, body } of await waiting(tx, ["ip.granted", "ip.revoked"])) apply(grants, id, kind, body);
  return [...grants.values()].filter((entry) => revoked || !entry.revoked);
}

/** What was decided of the settings, the last word on each key. */
export async function settingsNow(tx: Kysely<Database>): Promise<SettingValues> {
  const rows = await tx.selectFrom("setting").select(["key", "value"]).orderBy("id").execute();
  const values: Record<string, SettingValue> = {};
  for (const { key, value } of rows) values[key] = JSON.parse(value);
  for (const { body } of await waiting(tx, ["setting.changed"])) {
    const { key, value } = JSON.parse(body) as DecisionBody<"setting.changed">;
    values[key] = value;
  }
  return values;
}

function apply(grants: Map<number, PresentGrant>, id: number, kind: string, body: string): void {
  if (kind === "ip.granted") {
    const { source, address, from, to, reference } = JSON.parse(body) as DecisionBody<"ip.granted">;
    grants.set(id, { id, revoked: false, grant: { source, address, from, to, reference } });
    return;
  }
  const entry = grants.get((JSON.parse(body) as DecisionBody<"ip.revoked">).grant);
  if (entry) entry.revoked = true;
}

/** Decisions that were committed and not projected yet: usually none, after a restart as many as the backlog holds. */
async function waiting(
  tx: Kysely<Database>,
  kinds: readonly string[],
): Promise<{ id: number; kind: string; body: string }[]> {
  const cursor = await tx.selectFrom("cursor").select("record_id").where("name", "=", PROJECTIONS).executeTakeFirst();
  return await tx
    .selectFrom("record")
    .select(["id", "kind", "body"])
    .where("id", ">", cursor?.record_id ?? 0)
    .where("kind", "in", [...kinds])
    .orderBy("id")
    .execute();
}

function blank(source: string): PcView {
  const nothing = { unit: null, custodian: null, note: null };
  return { source, state: "pending", ...nothing, role: "desktop", zone: "inner" };
}
