/** PCs with their register entry, their state, and what the rules say of them. */
import { sql } from "kysely";
import * as z from "zod";
import type { Store } from "../../store/port.ts";
import { shown } from "../instants.ts";
import { afterOf, type Page, pageQuery, toPage } from "../page.ts";

export const machineQuery = pageQuery.extend({
  state: z.enum(["pending", "approved", "retired"]).optional(),
  unit: z.string().max(256).optional(),
  presence: z.enum(["online", "stopping", "lost", "unknown"]).optional(),
  verdict: z.enum(["fail", "unknown"]).optional().describe("PCs of which at least one rule says so"),
  search: z.string().max(64).optional().describe("a part of name, host name or address"),
});
export type MachineQuery = z.infer<typeof machineQuery>;

export const machineView = z.object({
  source: z.string(),
  simulated: z.boolean(),
  hostname: z.string(),
  os: z.string().nullable(),
  address: z.string().nullable(),
  seenAddress: z.string().nullable(),
  presence: z.enum(["online", "stopping", "lost", "unknown"]),
  presenceAt: z.string(),
  presenceCause: z.string().nullable(),
  lastRecordAt: z.string(),
  offsetMs: z.number().nullable(),
  state: z.enum(["pending", "approved", "retired"]).nullable(),
  unit: z.string().nullable(),
  custodian: z.string().nullable(),
  role: z.enum(["desktop", "server"]).nullable(),
  zone: z.enum(["inner", "outer", "isolated"]).nullable(),
  failing: z.array(z.string()),
  unknown: z.array(z.string()),
});
export type MachineView = z.infer<typeof machineView>;

export async function findMachines(store: Store, query: MachineQuery): Promise<Page<MachineView>> {
  const rows = await selection(store, query);
  const verdicts = await verdictsOf(
    store,
    rows.map(({ source_id }) => source_id),
  );
  return toPage(
    rows,
    query.limit,
    ({ source_id }) => source_id,
    (row) => toView(row, verdicts),
  );
}

/** One row more than the limit, by which `toPage` knows that there are more. */
async function selection(store: Store, query: MachineQuery): Promise<Row[]> {
  const { state, unit, presence, verdict, search } = query;
  let select = base(store).where("machine.source_id", ">", afterOf(query) ?? 0);
  if (state) select = select.where("pc.state", "=", state);
  if (unit) select = select.where("pc.unit", "=", unit);
  if (presence) select = select.where("machine.presence", "=", presence);
  if (verdict) select = select.where(({ exists }) => exists(verdictsThat(store, verdict)));
  if (search) select = select.where(({ or }) => or(SEARCHED.map((column) => contains(column, search))));
  return await select
    .orderBy("machine.source_id")
    .limit(query.limit + 1)
    .execute();
}

const SEARCHED = ["source.name", "source.hostname", "machine.address"];

/** SQLite knows no escape character unless it is told one. */
function contains(column: string, text: string) {
  return sql<boolean>`${sql.ref(column)} like ${`%${text.replace(/[%_\\]/g, "\\$&")}%`} escape '\\'`;
}

function verdictsThat(store: Store, verdict: "fail" | "unknown") {
  return store.read
    .selectFrom("verdict")
    .select("verdict.rule")
    .where("verdict.source_id", "=", sql.ref<number>("machine.source_id"))
    .where("verdict.verdict", "=", verdict);
}

export async function findMachine(store: Store, source: string): Promise<MachineView | undefined> {
  const row = await base(store).where("source.name", "=", source).executeTakeFirst();
  return row && toView(row, await verdictsOf(store, [row.source_id]));
}

export const postureView = z.object({
  source: z.string(),
  simulated: z.boolean(),
  hostname: z.string(),
  lastRecordAt: z.string(),
  /** Part name -> `{ hash, collectedAt, content }`. */
  parts: z.record(z.string(), z.unknown()),
});

/** The posture as last told of the PCs that the query selects. */
export async function findPostures(store: Store, query: MachineQuery): Promise<Page<z.infer<typeof postureView>>> {
  const rows = await selection(store, query);
  return toPage(
    rows,
    query.limit,
    ({ source_id }) => source_id,
    (row) => ({
      source: row.name,
      simulated: row.simulated === 1,
      hostname: row.hostname ?? row.enrolled_hostname,
      lastRecordAt: shown(row.last_record_at),
      parts: JSON.parse(row.parts),
    }),
  );
}

/** Each rule's word on one PC. */
export async function findVerdicts(store: Store, source: string) {
  const rows = await store.read
    .selectFrom("verdict")
    .innerJoin("source", "source.id", "verdict.source_id")
    .selectAll("verdict")
    .where("source.name", "=", source)
    .orderBy("verdict.rule")
    .execute();
  return rows.map(({ rule, verdict, reason, since }) => ({ rule, verdict, reason, since: shown(since) }));
}

/** The posture as last told, part by part; undefined for a source that is no PC. */
export async function findPosture(store: Store, source: string): Promise<Record<string, unknown> | undefined> {
  const row = await store.read
    .selectFrom("machine")
    .innerJoin("source", "source.id", "machine.source_id")
    .select("machine.parts")
    .where("source.name", "=", source)
    .executeTakeFirst();
  return row && JSON.parse(row.parts);
}

function base(store: Store) {
  return store.read
    .selectFrom("machine")
    .innerJoin("source", "source.id", "machine.source_id")
    .leftJoin("pc", "pc.source_id", "machine.source_id")
    .selectAll("machine")
    .select([
      "source.name",
      "source.simulated",
      "source.hostname as enrolled_hostname",
      "pc.state",
      "pc.unit",
      "pc.custodian",
      "pc.role",
      "pc.zone",
    ]);
}

type Row = Awaited<ReturnType<ReturnType<typeof base>["execute"]>>[number];

async function verdictsOf(store: Store, sources: number[]): Promise<Map<number, { rule: string; verdict: string }[]>> {
  const bySource = new Map<number, { rule: string; verdict: string }[]>();
  if (sources.length === 0) return bySource;
  const rows = await store.read
    .selectFrom("verdict")
    .select(["source_id", "rule", "verdict"])
    .where("source_id", "in", sources)
    .where("verdict", "in", ["fail", "unknown"])
    .orderBy("rule")
    .execute();
  for (const row of rows) bySource.set(row.source_id, [...(bySource.get(row.source_id) ?? []), row]);
  return bySource;
}

function toView(row: Row, verdicts: Map<number, { rule: string; verdict: string }[]>): MachineView {
  const own = verdicts.get(row.source_id) ?? [];
  const rulesThat = (verdict: string) => own.filter((one) => one.verdict === verdict).map(({ rule }) => rule);
  return {
    source: row.name,
    simulated: row.simulated === 1,
    hostname: row.hostname ?? row.enrolled_hostname,
    os: row.os,
    address: row.address,
    seenAddress: row.seen_address,
    presence: row.presence,
    presenceAt: shown(row.presence_at),
    presenceCause: row.presence_cause,
    lastRecordAt: shown(row.last_record_at),
    offsetMs: row.offset_ms,
    state: row.state,
    unit: row.unit,
    custodian: row.custodian,
    role: row.role,
    zone: row.zone,
    failing: rulesThat("fail"),
    unknown: rulesThat("unknown"),
  };
}
