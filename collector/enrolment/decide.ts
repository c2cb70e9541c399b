/** Decisions on an enrolment: approval names the source and issues its certificate; refusal holds for that key. */
import { randomBytes } from "node:crypto";
import type { Transaction } from "kysely";
import { AppError } from "../../protocol/errors.ts";
import type { EnrolmentRequest } from "../../protocol/messages/enrolment.ts";
import type { Store } from "../store/port.ts";
import type { Database } from "../store/schema.ts";
import type { EnrolmentDeps } from "./deps.ts";
import { insertCertificate } from "./issued.ts";
import { findPredecessor, type Predecessor } from "./machine-match.ts";
import { type EnrolPermit, useToken } from "./tokens.ts";

const PREFIXES = { agent: "pc", reader: "reader" } as const;
const NAME_TRIES_MAX = 5;

export interface Approval {
  /** The account, or `token:ID`. */
  by: string;
  /** Kept with the decision. */
  reason?: string | undefined;
  /** The token that approves in an officer's place. */
  permit?: EnrolPermit;
  /** Instead of the name wanted; refused when it is taken. */
  name?: string;
}

/**
 * Approves a waiting enrolment, all in one transaction. A machine whose source was found to be a duplicate, or was revoked, is
 * that source again, and the source's earlier certificates no longer serve.
 * Rejects with AppError `unknown-enrolment`, `already-decided`, `name-taken`, `token-refused` (used meanwhile).
 */
export async function approveEnrolment(
  deps: EnrolmentDeps,
  id: string,
  { by, reason, permit, name }: Approval,
): Promise<{ source: string }> {
  const { store, clock, authority, site, certificateDays } = deps;
  const row = await store.read.selectFrom("enrolment").selectAll().where("id", "=", id).executeTakeFirst();
  if (!row) throw new AppError("unknown-enrolment", `there is no enrolment ${id}`);
  const request: EnrolmentRequest = JSON.parse(row.request);
  const before = name === undefined ? await findPredecessor(store, request) : undefined;
  const source = before?.name ?? (await freeName(store, request, name));
  const certificate = await authority.issueClient(request.csr, source, site, certificateDays);
  await store.write(async (tx) => {
    await claim(tx, id, "granted", { by, reason }, clock.now());
    if (permit) await useToken(tx, permit, clock.now());
    const sourceId = before
      ? await enrolAgain(tx, before, request, clock.now())
      : await insertSource(tx, source, site, request, clock.now());
    await insertCertificate(tx, sourceId, certificate);
    await tx
      .updateTable("enrolment")
      .set({ source_id: sourceId, certificate: certificate.pem })
      .where("id", "=", id)
      .execute();
    const { kind, hostname } = request;
    const body = { source, kind, hostname, simulated: request.simulated ?? false, by, reason };
    await store.appendDecisions([{ kind: "source.enrolled", body }], tx);
  });
  if (before) await deps.disconnect?.(source);
  return { source };
}

/** Only one decision wins. */
async function claim(
  tx: Transaction<Database>,
  id: string,
  state: "granted" | "refused",
  { by, reason = null }: { by: string; reason?: string | null | undefined },
  now: number,
): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable("enrolment")
    .set({ state, decided_at: now, decided_by: by, reason })
    .where("id", "=", id)
    .where("state", "=", "waiting")
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new AppError("already-decided", "this enrolment is already decided");
}

async function insertSource(
  tx: Transaction<Database>,
  name: string,
  site: string,
  { kind, simulated, hostname, fingerprint }: EnrolmentRequest,
  now: number,
): Promise<number> {
  const { id } = await tx
    .insertInto("source")
    .values({
      name,
      site,
      kind,
      simulated: simulated ? 1 : 0,
      state: "enrolled",
      hostname,
      fingerprint: JSON.stringify(fingerprint),
      created_at: now,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

async function enrolAgain(
  tx: Transaction<Database>,
  { id }: Predecessor,
  { hostname, fingerprint }: EnrolmentRequest,
  now: number,
): Promise<number> {
  await tx
    .updateTable("source")
    .set({ state: "enrolled", hostname, fingerprint: JSON.stringify(fingerprint) })
    .where("id", "=", id)
    .execute();
  await tx
    .updateTable("certificate")
    .set({ revoked_at: now, revoked_reason: "enrolled anew" })
    .where("source_id", "=", id)
    .where("revoked_at", "is", null)
    .execute();
  return id;
}

/** The name given, or the one wanted if it is free, or a random one of its kind. */
async function freeName(store: Store, { kind, wanted }: EnrolmentRequest, given: string | undefined): Promise<string> {
  const random = Array.from({ length: NAME_TRIES_MAX }, () => `${PREFIXES[kind]}-${randomBytes(4).toString("hex")}`);
  for (const name of given ? [given] : wanted ? [wanted, ...random] : random) {
    const taken = await store.read.selectFrom("source").select("id").where("name", "=", name).executeTakeFirst();
    if (!taken) return name;
  }
  throw new AppError("name-taken", `the name ${given ?? wanted ?? PREFIXES[kind]} is taken`);
}

/** Refuses a waiting enrolment. Rejects with AppError `unknown-enrolment` or `already-decided`. */
export async function refuseEnrolment(
  { store, clock }: EnrolmentDeps,
  id: string,
  decider: { by: string; reason?: string | undefined },
): Promise<void> {
  await store.write(async (tx) => {
    const row = await tx.selectFrom("enrolment").select("request").where("id", "=", id).executeTakeFirst();
    if (!row) throw new AppError("unknown-enrolment", `there is no enrolment ${id}`);
    await claim(tx, id, "refused", decider, clock.now());
    const { kind, hostname }: EnrolmentRequest = JSON.parse(row.request);
    const body = { enrolment: id, kind, hostname, ...decider };
    await store.appendDecisions([{ kind: "enrolment.refused", body }], tx);
  });
}
