/** Findings with their rule's texts, their history, and the alerts that were raised. */
import * as z from "zod";
import { describeFinding } from "../../compliance/describe.ts";
import type { Store } from "../../store/port.ts";
import { shown, shownOrNull } from "../instants.ts";
import { afterOf, type Page, pageQuery, toPage } from "../page.ts";

const SEVERITIES = ["info", "warning", "violation", "critical"] as const;

export const findingQuery = pageQuery.extend({
  state: z.enum(["open", "resolved"]).optional(),
  rule: z.string().max(64).optional(),
  severity: z.enum(SEVERITIES).optional(),
  source: z.string().max(64).optional(),
  unit: z.string().max(256).optional(),
});
export type FindingQuery = z.infer<typeof findingQuery>;

const text = z.object({ zh: z.string(), en: z.string() });

export const findingView = z.object({
  id: z.int(),
  rule: z.string(),
  article: z.string(),
  title: text,
  /** What was found, in a sentence with its figures. */
  message: text,
  remediation: text,
  severity: z.enum(SEVERITIES),
  state: z.enum(["open", "resolved"]),
  subject: z.string(),
  source: z.string().nullable(),
  simulated: z.boolean(),
  hostname: z.string().nullable(),
  unit: z.string().nullable(),
  custodian: z.string().nullable(),
  evidence: z.unknown(),
  openedAt: z.string(),
  updatedAt: z.string(),
  resolvedAt: z.string().nullable(),
});
export type FindingView = z.infer<typeof findingView>;

export const alertView = z.object({ id: z.int(), at: z.string(), finding: findingView });
export type AlertView = z.infer<typeof alertView>;

/** Where findings are read from, and the zone in which their sentences tell times. */
export interface FindingDeps {
  store: Store;
  zone: string;
}

/** Comparisons for what is asked for. */
function wanted({ state, rule, severity, source, unit }: FindingQuery) {
  return {
    ...(state && { "finding.state": state }),
    ...(rule && { "finding.rule": rule }),
    ...(severity && { "finding.severity": severity }),
    ...(source && { "source.name": source }),
    ...(unit && { "pc.unit": unit }),
  };
}

/** Newest first. */
export async function findFindings({ store, zone }: FindingDeps, query: FindingQuery): Promise<Page<FindingView>> {
  let select = base(store).where((eb) => eb.and(wanted(query)));
  const after = afterOf(query);
  if (after !== undefined) select = select.where("finding.id", "<", after);
  const rows = await select
    .orderBy("finding.id", "desc")
    .limit(query.limit + 1)
    .execute();
  return toPage(
    rows,
    query.limit,
    ({ id }) => id,
    (row) => toView(row, zone),
  );
}

export async function findFinding({ store, zone }: FindingDeps, id: number): Promise<FindingView | undefined> {
  const row = await base(store).where("finding.id", "=", id).executeTakeFirst();
  return row && toView(row, zone);
}

/** How it opened, changed, and was resolved. */
export async function findHistory(store: Store, id: number) {
  const rows = await store.read
    .selectFrom("finding_event")
    .selectAll()
    .where("finding_id", "=", id)
    .orderBy("id")
    .execute();
  return rows.map(({ at, event, evidence }) => ({ at: shown(at), event, evidence: JSON.parse(evidence) }));
}

/** Newest first. */
export async function findAlerts({ store, zone }: FindingDeps, query: FindingQuery): Promise<Page<AlertView>> {
  let select = store.read
    .selectFrom("alert")
    .innerJoin("finding", "finding.id", "alert.finding_id")
    .leftJoin("source", "source.id", "finding.source_id")
    .leftJoin("pc", "pc.source_id", "finding.source_id")
    .select(["alert.id", "alert.at", "alert.finding_id"])
    .where((eb) => eb.and(wanted(query)));
  const after = afterOf(query);
  if (after !== undefined) select = select.where("alert.id", "<", after);
  const rows = await select
    .orderBy("alert.id", "desc")
    .limit(query.limit + 1)
    .execute();
  const views = await findingsOf(
    { store, zone },
    rows.map(({ finding_id }) => finding_id),
  );
  return toPage(
    rows,
    query.limit,
    ({ id }) => id,
    (row) => toAlert(row, views),
  );
}

export async function findAlert({ store, zone }: FindingDeps, id: number): Promise<AlertView | undefined> {
  const row = await store.read.selectFrom("alert").selectAll().where("id", "=", id).executeTakeFirst();
  return row && toAlert(row, await findingsOf({ store, zone }, [row.finding_id]));
}

function toAlert(row: { id: number; at: number; finding_id: number }, views: Map<number, FindingView>): AlertView {
  return { id: row.id, at: shown(row.at), finding: views.get(row.finding_id) as FindingView };
}

async function findingsOf({ store, zone }: FindingDeps, ids: number[]): Promise<Map<number, FindingView>> {
  if (ids.length === 0) return new Map();
  const rows = await base(store).where("finding.id", "in", ids).execute();
  return new Map(rows.map((row) => [row.id, toView(row, zone)]));
}

function base(store: Store) {
  return store.read
    .selectFrom("finding")
    .leftJoin("source", "source.id", "finding.source_id")
    .leftJoin("pc", "pc.source_id", "finding.source_id")
    .leftJoin("machine", "machine.source_id", "finding.source_id")
    .selectAll("finding")
    .select(["source.name", "source.simulated", "machine.hostname", "pc.unit", "pc.custodian"]);
}

type Row = Awaited<ReturnType<ReturnType<typeof base>["execute"]>>[number];

function toView(row: Row, zone: string): FindingView {
  const evidence = JSON.parse(row.evidence);
  return {
    id: row.id,
    rule: row.rule,
    ...describeFinding(row.rule, evidence, zone),
    severity: row.severity,
    state: row.state,
    subject: row.subject,
    source: row.name,
    simulated: row.simulated === 1,
    hostname: row.hostname,
    unit: row.unit,
    custodian: row.custodian,
    evidence,
    openedAt: shown(row.opened_at),
    updatedAt: shown(row.updated_at),
    resolvedAt: shownOrNull(row.resolved_at),
  };
}
