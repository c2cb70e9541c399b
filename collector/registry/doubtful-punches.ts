/**
 * Punches whose time cannot be true: what is proposed for them, and what officers decide. A decision is appended to the one
 * log; the row in the table `punch` and attendance follow from it, and a later decision corrects it.
 */
import { type Kysely, sql } from "kysely";
import { AppError } from "../../protocol/errors.ts";
import { formatInstant } from "../../protocol/time.ts";
import type { Database } from "../store/schema.ts";
import { type Measurement, type ProposedTime, proposeTime } from "./proposed-time.ts";
import type { PunchDecisionBody } from "./punch-decisions.ts";
import { type Decided, type DecideOptions, type Decider, decide, type RegistryDeps } from "./registry.ts";

/** Records before and after a punch that are looked through for measurements of its clock: hours of a busy centre. */
export const REACH_RECORDS = 20_000;
export const MEASUREMENTS_MAX = 5_000;
/** A punch cannot have been made later than it arrived, but for clocks that differ a little. */
export const AHEAD_MS_MAX = 120_000;

export interface AcceptInput {
  /** Id of the punch. */
  punch: number;
  /** When it was made, ms UTC; the proposal when absent. */
  at?: number | undefined;
}

/**
 * Lets a punch count. Rejects with AppError `unknown-punch`, `punch-not-doubtful`, `reason-required`, `no-proposal` (then `at` is
 * needed), `bad-time` (later than the punch arrived).
 */
export async function acceptPunch(
  deps: RegistryDeps,
  { punch, at }: AcceptInput,
  decider: Decider,
  options: DecideOptions = {},
): Promise<Decided & Pick<PunchDecisionBody<"punch.accepted">, "at" | "basis" | "measured">> {
  return await decide(deps, options, async (tx) => {
    const row = await doubtfulPunch(tx, punch);
    const time = at === undefined ? (await proposals(tx, [row])).get(punch) : officersTime(at);
    if (!time) throw new AppError("no-proposal", `nothing tells when punch ${punch} was made: say the time`);
    if (time.at > row.receivedAt + AHEAD_MS_MAX) {
      throw new AppError("bad-time", `punch ${punch} arrived at ${formatInstant(row.receivedAt)}, before that time`);
    }
    const view = { ...time, at: formatInstant(time.at) };
    return { decision: { kind: "punch.accepted", body: { punch, ...view, ...signed(decider) } }, view };
  });
}

/** Leaves a punch aside for good, also one that was accepted. Rejects with AppError `unknown-punch`, `punch-not-doubtful`, `reason-required`. */
export async function rejectPunch(
  deps: RegistryDeps,
  { punch }: { punch: number },
  decider: Decider,
  options: DecideOptions = {},
): Promise<Decided> {
  return await decide(deps, options, async (tx) => {
    await doubtfulPunch(tx, punch);
    return { decision: { kind: "punch.rejected", body: { punch, ...signed(decider) } }, view: {} };
  });
}

export interface DoubtfulPunch {
  id: number;
  clock: string;
  doubt: string;
  via: "live" | "log";
  readAt: number;
  receivedAt: number;
  /** What the clock showed, ms UTC; where no calendar has that, the moment of reading. */
  shownAt: number;
}

/** What is proposed for each of them, by id; of some nothing is known. */
export async function proposals(
  db: Kysely<Database>,
  punches: readonly DoubtfulPunch[],
): Promise<Map<number, ProposedTime>> {
  const found = new Map<number, ProposedTime>();
  for (const [clock, own] of byClock(punches)) {
    const ids = own.map(({ id }) => id);
    const measured = await measurements(db, clock, Math.min(...ids), Math.max(...ids));
    for (const { id, doubt, shownAt, readAt, via } of own) {
      const near = measured.filter(({ record }) => Math.abs(record - id) <= REACH_RECORDS);
      const time = { id, shownAt: doubt === "impossible" ? undefined : shownAt, readAt, via };
      const proposed = proposeTime(time, near);
      if (proposed) found.set(id, proposed);
    }
  }
  return found;
}

/** Rows of `punch` that have a doubt, decided or not, with what their records say. */
export function doubtfulPunches(db: Kysely<Database>) {
  return db
    .selectFrom("punch")
    .innerJoin("record", "record.id", "punch.record_id")
    .select(["punch.id", "punch.clock", "punch.via", "punch.read_at as readAt"])
    .select(["record.at as shownAt", "record.received_at as receivedAt"])
    .select(sql<string>`punch.doubt`.as("doubt"))
    .where("punch.doubt", "is not", null);
}

async function doubtfulPunch(db: Kysely<Database>, id: number): Promise<DoubtfulPunch> {
  const row = await doubtfulPunches(db).where("punch.id", "=", id).executeTakeFirst();
  if (row) return row;
  const other = await db.selectFrom("punch").select("id").where("id", "=", id).executeTakeFirst();
  if (!other) throw new AppError("unknown-punch", `there is no punch ${id}`);
  throw new AppError("punch-not-doubtful", `nobody doubts punch ${id}: its time stands as the clock showed it`);
}

async function measurements(db: Kysely<Database>, clock: string, first: number, last: number): Promise<Measurement[]> {
  const offset = sql<number>`json_extract(record.body, '$.offsetBeforeMs')`;
  return await db
    .selectFrom("record")
    .select(["record.id as record", "record.at", offset.as("offsetMs")])
    .where("record.id", ">=", first - REACH_RECORDS)
    .where("record.id", "<=", last + REACH_RECORDS)
    .where("record.kind", "=", "clock")
    .where(sql`json_extract(record.body, '$.clock')`, "=", clock)
    .where(offset, "is not", null)
    .orderBy("record.id")
    .limit(MEASUREMENTS_MAX)
    .execute();
}

function byClock(punches: readonly DoubtfulPunch[]): Map<string, DoubtfulPunch[]> {
  const groups = new Map<string, DoubtfulPunch[]>();
  for (const punch of punches) groups.set(punch.clock, [...(groups.get(punch.clock) ?? []), punch]);
  return groups;
}

function officersTime(at: number) {
  return { at, basis: "officer" as const, measured: null };
}

function signed({ by, reason }: Decider): { by: string; reason: string } {
  if (!reason) throw new AppError("reason-required", "say why / 请写明理由");
  return { by, reason };
}
