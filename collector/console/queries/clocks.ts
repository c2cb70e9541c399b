/** Fingerprint clocks and their punches. */
import * as z from "zod";
import { TIME_BASES, type TimeBasis } from "../../registry/punch-decisions.ts";
import type { Store } from "../../store/port.ts";
import { shown, shownOrNull } from "../instants.ts";
import { afterOf, type Page, pageQuery, toPage } from "../page.ts";

export const punchQuery = pageQuery.extend({
  clock: z.string().max(64).optional(),
  user: z.string().max(64).optional(),
  state: z.enum(["accepted", "doubtful"]).optional(),
  from: z.iso.datetime({ offset: true }).optional().describe("device time, included"),
  to: z.iso.datetime({ offset: true }).optional().describe("device time, not included"),
});
export type PunchQuery = z.infer<typeof punchQuery>;

export const punchView = z.object({
  id: z.int(),
  clock: z.string(),
  device: z.int(),
  user: z.string(),
  deviceTime: z.string(),
  at: z.string(),
  readAt: z.string(),
  offsetMs: z.number().nullable(),
  verification: z.array(z.string()),
  type: z.int(),
  workCode: z.int(),
  ordinal: z.int(),
  via: z.enum(["live", "log"]),
  state: z.enum(["accepted", "doubtful"]),
  doubt: z.string().nullable().describe("why the time that the clock showed cannot be true"),
  decision: z
    .object({
      record: z.int(),
      result: z.enum(["accepted", "rejected"]),
      basis: z.enum(TIME_BASES).nullable(),
      by: z.string(),
      reason: z.string(),
      decidedAt: z.string(),
    })
    .nullable()
    .describe("what an officer decided about it; accepted: `at` is the time decided"),
  source: z.string(),
  simulated: z.boolean(),
});
export type PunchView = z.infer<typeof punchView>;

/** Newest first, in the order of arrival. */
export async function findPunches(store: Store, query: PunchQuery): Promise<Page<PunchView>> {
  let select = punches(store);
  const after = afterOf(query);
  if (after !== undefined) select = select.where("punch.id", "<", after);
  if (query.clock) select = select.where("punch.clock", "=", query.clock);
  if (query.user) select = select.where("punch.user", "=", query.user);
  if (query.state) select = select.where("punch.state", "=", query.state);
  if (query.from) select = select.where("punch.at", ">=", Date.parse(query.from));
  if (query.to) select = select.where("punch.at", "<", Date.parse(query.to));
  const rows = await select
    .orderBy("punch.id", "desc")
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, ({ id }) => id, toPunch);
}

export async function findPunch(store: Store, id: number): Promise<PunchView | undefined> {
  const row = await punches(store).where("punch.id", "=", id).executeTakeFirst();
  return row && toPunch(row);
}

/** By id; those that are there. */
export async function findPunchesById(store: Store, ids: readonly number[]): Promise<Map<number, PunchView>> {
  const rows = await punches(store).where("punch.id", "in", ids).execute();
  return new Map(rows.map((row) => [row.id, toPunch(row)]));
}

function punches(store: Store) {
  return store.read
    .selectFrom("punch")
    .innerJoin("source", "source.id", "punch.source_id")
    .leftJoin("record as decided", "decided.id", "punch.decision_id")
    .selectAll("punch")
    .select(["source.name", "source.simulated"])
    .select(["decided.body as decision_body", "decided.committed_at as decided_at"]);
}

type PunchRow = Awaited<ReturnType<ReturnType<typeof punches>["execute"]>>[number];

function toPunch(row: PunchRow): PunchView {
  return {
    id: row.id,
    clock: row.clock,
    device: row.device,
    user: row.user,
    deviceTime: row.device_time,
    at: shown(row.at),
    readAt: shown(row.read_at),
    offsetMs: row.offset_ms,
    verification: JSON.parse(row.verification),
    type: row.type,
    workCode: row.work_code,
    ordinal: row.ordinal,
    via: row.via,
    state: row.state,
    doubt: row.doubt,
    decision: toDecision(row),
    source: row.name,
    simulated: row.simulated === 1,
  };
}

function toDecision(row: PunchRow): PunchView["decision"] {
  const { decision: result, decision_id: record, decision_body: body, decided_at } = row;
  if (result === null || record === null || body === null || decided_at === null) return null;
  const { by, reason, basis = null } = JSON.parse(body) as { by: string; reason: string; basis?: TimeBasis };
  return { record, result, basis, by, reason, decidedAt: shown(decided_at) };
}

export const clockView = z.object({
  clock: z.string(),
  source: z.string(),
  simulated: z.boolean(),
  device: z.int(),
  family: z.string(),
  port: z.string(),
  state: z.enum(["online", "lost"]),
  stateAt: z.string(),
  firmware: z.string().nullable(),
  offsetMs: z.number().nullable(),
  lastPunchAt: z.string().nullable(),
  detail: z.unknown(),
});
export type ClockView = z.infer<typeof clockView>;

/** All of them: a centre has dozens, not thousands. */
export async function findClocks(store: Store, clock?: string): Promise<ClockView[]> {
  let select = store.read
    .selectFrom("clock")
    .innerJoin("source", "source.id", "clock.source_id")
    .selectAll("clock")
    .select(["source.name", "source.simulated"])
    .orderBy("clock.clock");
  if (clock !== undefined) select = select.where("clock.clock", "=", clock);
  return (await select.execute()).map((row) => ({
    clock: row.clock,
    source: row.name,
    simulated: row.simulated === 1,
    device: row.device,
    family: row.family,
    port: row.port,
    state: row.state,
    stateAt: shown(row.state_at),
    firmware: row.firmware,
    offsetMs: row.offset_ms,
    lastPunchAt: shownOrNull(row.last_punch_at),
    detail: JSON.parse(row.detail),
  }));
}
