/** The enrolments that wait for an officer. */
import { randomUUID } from "node:crypto";
import type { Transaction } from "kysely";
import { AppError } from "../../protocol/errors.ts";
import type { EnrolmentRequest } from "../../protocol/messages/enrolment.ts";
import type { Store } from "../store/port.ts";
import type { Database } from "../store/schema.ts";
import type { EnrolmentDeps } from "./deps.ts";
import type { EnrolPermit } from "./tokens.ts";

/** Enrolments that wait for an officer; more are refused until some are decided. */
export const WAITING_MAX = 2000;
/** An enrolment that nobody decided on is forgotten; the source, if it still exists, asks again. */
export const WAITING_DAYS_MAX = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

export type EnrolmentRow = NonNullable<Awaited<ReturnType<typeof findByKey>>>;

export function findByKey(store: Pick<Store, "read">, keyHash: string) {
  return store.read.selectFrom("enrolment").selectAll().where("key_hash", "=", keyHash).executeTakeFirst();
}

/** Resolves to the enrolment's id, that of an earlier request with the same key if there is one. Rejects with `queue-full`. */
export async function enqueue(
  { store, clock }: EnrolmentDeps,
  keyHash: string,
  request: EnrolmentRequest,
  address: string,
  permit: EnrolPermit | undefined,
): Promise<string> {
  const { token: _secret, ...kept } = request;
  return store.write(async (tx) => {
    const known = await tx.selectFrom("enrolment").select("id").where("key_hash", "=", keyHash).executeTakeFirst();
    if (known) return known.id;
    await forgetOld(tx, clock.now());
    if (!permit?.scope.approves) await refuseWhenFull(tx);
    const id = randomUUID();
    await tx
      .insertInto("enrolment")
      .values({
        id,
        key_hash: keyHash,
        state: "waiting",
        request: JSON.stringify({ ...kept, simulated: permit?.scope.simulated ?? request.simulated }),
        address,
        source_id: null,
        certificate: null,
        created_at: clock.now(),
        decided_at: null,
        decided_by: null,
        reason: null,
      })
      .execute();
    return id;
  });
}

async function forgetOld(tx: Transaction<Database>, now: number): Promise<void> {
  await tx
    .deleteFrom("enrolment")
    .where("state", "=", "waiting")
    .where("created_at", "<", now - WAITING_DAYS_MAX * DAY_MS)
    .execute();
}

async function refuseWhenFull(tx: Transaction<Database>): Promise<void> {
  const { waiting } = await tx
    .selectFrom("enrolment")
    .select((eb) => eb.fn.countAll<number>().as("waiting"))
    .where("state", "=", "waiting")
    .executeTakeFirstOrThrow();
  if (Number(waiting) >= WAITING_MAX) throw new AppError("queue-full", "too many enrolments wait for an officer");
}

export interface EnrolmentView {
  id: string;
  state: "waiting" | "granted" | "refused";
  kind: "agent" | "reader";
  hostname: string;
  simulated: boolean;
  address: string;
  source: string | null;
  createdAt: number;
  decidedAt: number | null;
  decidedBy: string | null;
  reason: string | null;
}

/** Enrolments, newest first. */
export async function listEnrolments(
  { store }: Pick<EnrolmentDeps, "store">,
  filter: { state?: EnrolmentView["state"] | undefined; limit: number },
): Promise<EnrolmentView[]> {
  let query = store.read
    .selectFrom("enrolment")
    .leftJoin("source", "source.id", "enrolment.source_id")
    .selectAll("enrolment")
    .select("source.name")
    .orderBy("enrolment.created_at", "desc")
    .limit(filter.limit);
  if (filter.state) query = query.where("enrolment.state", "=", filter.state);
  return (await query.execute()).map((row) => {
    const request: EnrolmentRequest = JSON.parse(row.request);
    return {
      id: row.id,
      state: row.state,
      kind: request.kind,
      hostname: request.hostname,
      simulated: request.simulated ?? false,
      address: row.address,
      source: row.name,
      createdAt: row.created_at,
      decidedAt: row.decided_at,
      decidedBy: row.decided_by,
      reason: row.reason,
    };
  });
}
