/**
 * Enrolment: a source posts a certificate request and gets a client certificate, at once with a token that approves, otherwise
 * once an officer does. A source is recognised by its key: asking again is safe, and how it fetches what was approved.
 */
import { randomBytes, randomUUID } from "node:crypto";
import type { Transaction } from "kysely";
import { AppError } from "../../protocol/errors.ts";
import type { EnrolmentGranted, EnrolmentRequest } from "../../protocol/messages/enrolment.ts";
import { bucketOf } from "../../protocol/messages/names.ts";
import { type Clock, formatInstant } from "../../protocol/time.ts";
import { type Authority, keyHashOfRequest } from "../broker/pki/authority.ts";
import type { Store } from "../store/port.ts";
import type { Database } from "../store/schema.ts";
import { type EnrolPermit, verifyEnrolToken } from "./tokens.ts";

export interface EnrolmentDeps {
  store: Store;
  clock: Clock;
  authority: Authority;
  site: string;
  /** `mqtts://host:port` as sources reach it; the host of the enrolment's own request is put in when it is absent. */
  brokerUrl: (requestHost: string | undefined) => string;
}

export const CERTIFICATE_DAYS = 90;
/** Enrolments that wait for an officer; more are refused until some are decided. */
export const WAITING_MAX = 2000;
export const RETRY_AFTER_SECONDS = 30;

export type EnrolmentOutcome = EnrolmentGranted | { state: "waiting"; enrolment: string; retryAfterSeconds: number };

/**
 * Rejects with AppError `bad-request`, `token-refused`, `enrolment-refused` (an officer said no, or the source was revoked),
 * `key-of-another-machine` (a copied key), `queue-full`.
 */
export async function enrol(
  deps: EnrolmentDeps,
  request: EnrolmentRequest,
  from: { address: string; host?: string | undefined },
): Promise<EnrolmentOutcome> {
  const keyHash = await keyHashOfRequest(request.csr);
  const permit = request.token === undefined ? undefined : await verifyEnrolToken(deps, request.token);
  const known = await findByKey(deps.store, keyHash);
  if (known) refuseCopiedKey(JSON.parse(known.request), request);
  if (known?.state === "refused") throw new AppError("enrolment-refused", "this enrolment was refused");
  if (known?.state === "granted") return again(deps, known, request, from.host);
  if (request.token !== undefined && !permit)
    throw new AppError("token-refused", "the token is unknown, used or expired");
  const id = known?.id ?? (await enqueue(deps, keyHash, request, from.address, permit));
  if (!permit?.scope.approves) return { state: "waiting", enrolment: id, retryAfterSeconds: RETRY_AFTER_SECONDS };
  await approveEnrolment(deps, id, { by: `token:${permit.id}`, permit });
  const granted = await findByKey(deps.store, keyHash);
  if (!granted) throw new AppError("unknown-enrolment", "the enrolment vanished");
  return again(deps, granted, request, from.host);
}

type EnrolmentRow = NonNullable<Awaited<ReturnType<typeof findByKey>>>;

function findByKey(store: Store, keyHash: string) {
  return store.read.selectFrom("enrolment").selectAll().where("key_hash", "=", keyHash).executeTakeFirst();
}

/** The same key from a machine without one hardware id in common is a copied disk. */
function refuseCopiedKey(before: EnrolmentRequest, now: EnrolmentRequest): void {
  const both = before.fingerprint.length > 0 && now.fingerprint.length > 0;
  if (both && !now.fingerprint.some((id) => before.fingerprint.includes(id))) {
    throw new AppError("key-of-another-machine", "this key was enrolled by another machine: delete it and enrol anew");
  }
}

async function enqueue(
  { store, clock }: EnrolmentDeps,
  keyHash: string,
  request: EnrolmentRequest,
  address: string,
  permit: EnrolPermit | undefined,
): Promise<string> {
  const id = randomUUID();
  const { token: _secret, ...kept } = request;
  return store.write(async (tx) => {
    if (!permit?.scope.approves) await refuseWhenFull(tx);
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
      })
      .execute();
    return id;
  });
}

async function refuseWhenFull(tx: Transaction<Database>): Promise<void> {
  const { waiting } = await tx
    .selectFrom("enrolment")
    .select((eb) => eb.fn.countAll<number>().as("waiting"))
    .where("state", "=", "waiting")
    .executeTakeFirstOrThrow();
  if (waiting >= WAITING_MAX) throw new AppError("queue-full", "too many enrolments wait for an officer");
}

/**
 * Approves a waiting enrolment: names the source, issues its certificate, and appends the decision, all in one transaction.
 * Rejects with AppError `unknown-enrolment`, `already-decided`, `token-refused` (used meanwhile).
 */
export async function approveEnrolment(
  deps: EnrolmentDeps,
  id: string,
  { by, permit, name }: { by: string; permit?: EnrolPermit; name?: string },
): Promise<{ source: string }> {
  const { store, clock, authority, site } = deps;
  const row = await store.read.selectFrom("enrolment").selectAll().where("id", "=", id).executeTakeFirst();
  if (!row) throw new AppError("unknown-enrolment", `there is no enrolment ${id}`);
  const request: EnrolmentRequest = JSON.parse(row.request);
  const source = await freeName(store, name ?? request.wanted, request.kind);
  const certificate = await authority.issueClient(request.csr, source, site, CERTIFICATE_DAYS);
  await store.write(async (tx) => {
    await claim(tx, id, clock.now(), by);
    if (permit) await useToken(tx, permit, clock.now());
    const { id: sourceId } = await tx
      .insertInto("source")
      .values({
        name: source,
        site,
        kind: request.kind,
        simulated: request.simulated ? 1 : 0,
        state: "enrolled",
        hostname: request.hostname,
        fingerprint: JSON.stringify(request.fingerprint),
        created_at: clock.now(),
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    await insertCertificate(tx, sourceId, certificate);
    await tx
      .updateTable("enrolment")
      .set({ source_id: sourceId, certificate: certificate.pem })
      .where("id", "=", id)
      .execute();
    const { kind, hostname } = request;
    const body = { source, kind, hostname, simulated: request.simulated ?? false, by };
    await store.appendDecisions([{ kind: "source.enrolled", body }], tx);
  });
  return { source };
}

/** Only one decision wins. */
async function claim(tx: Transaction<Database>, id: string, now: number, by: string): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable("enrolment")
    .set({ state: "granted", decided_at: now, decided_by: by })
    .where("id", "=", id)
    .where("state", "=", "waiting")
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new AppError("already-decided", "this enrolment is already decided");
}

async function useToken(tx: Transaction<Database>, permit: EnrolPermit, now: number): Promise<void> {
  const update = tx.updateTable("token").set({ used_at: now }).where("id", "=", permit.id);
  const { numUpdatedRows } = await (permit.purpose === "enrol-once"
    ? update.where("used_at", "is", null)
    : update
  ).executeTakeFirst();
  if (numUpdatedRows === 0n) throw new AppError("token-refused", "the token was used meanwhile");
}

export async function insertCertificate(
  tx: Transaction<Database>,
  sourceId: number,
  issued: { serial: string; keyHash: string; notBefore: number; notAfter: number },
): Promise<void> {
  await tx
    .insertInto("certificate")
    .values({
      serial: issued.serial,
      source_id: sourceId,
      key_hash: issued.keyHash,
      not_before: issued.notBefore,
      not_after: issued.notAfter,
      revoked_at: null,
      revoked_reason: null,
    })
    .execute();
}

/** Rejects with AppError `unknown-enrolment` or `already-decided`. */
export async function refuseEnrolment({ store, clock }: EnrolmentDeps, id: string, by: string): Promise<void> {
  const { numUpdatedRows } = await store.write((tx) =>
    tx
      .updateTable("enrolment")
      .set({ state: "refused", decided_at: clock.now(), decided_by: by })
      .where("id", "=", id)
      .where("state", "=", "waiting")
      .executeTakeFirst(),
  );
  if (numUpdatedRows > 0n) return;
  const known = await store.read.selectFrom("enrolment").select("id").where("id", "=", id).executeTakeFirst();
  throw known
    ? new AppError("already-decided", "this enrolment is already decided")
    : new AppError("unknown-enrolment", `there is no enrolment ${id}`);
}

/** The certificate that was granted, issued anew when it has run out: a source may have been switched off for long. */
async function again(
  { store, clock, authority, site, brokerUrl }: EnrolmentDeps,
  row: EnrolmentRow,
  request: EnrolmentRequest,
  host: string | undefined,
): Promise<EnrolmentGranted> {
  const source = await store.read
    .selectFrom("source")
    .select(["id", "name", "state"])
    .where("id", "=", row.source_id ?? -1)
    .executeTakeFirst();
  if (source?.state !== "enrolled") throw new AppError("enrolment-refused", "this source was revoked: make a new key");
  const latest = await store.read
    .selectFrom("certificate")
    .select(["not_after", "revoked_at"])
    .where("key_hash", "=", row.key_hash)
    .orderBy("not_after", "desc")
    .executeTakeFirst();
  if (latest?.revoked_at != null)
    throw new AppError("enrolment-refused", "this certificate was revoked: make a new key");
  let { certificate } = row;
  let expiresAt = latest?.not_after ?? 0;
  if (certificate === null || expiresAt <= clock.now()) {
    const issued = await authority.issueClient(request.csr, source.name, site, CERTIFICATE_DAYS);
    await store.write(async (tx) => {
      await insertCertificate(tx, source.id, issued);
      await tx.updateTable("enrolment").set({ certificate: issued.pem }).where("id", "=", row.id).execute();
    });
    certificate = issued.pem;
    expiresAt = issued.notAfter;
  }
  return {
    state: "granted",
    source: source.name,
    site,
    certificate,
    ca: authority.caPem,
    broker: brokerUrl(host),
    expiresAt: formatInstant(expiresAt),
  };
}

/** The name wanted, if free; otherwise a random one of its kind. Names are never used twice. */
async function freeName(store: Store, wanted: string | undefined, kind: "agent" | "reader"): Promise<string> {
  const prefix = kind === "agent" ? "pc" : "reader";
  const candidates = wanted ? [wanted] : [];
  for (let attempt = 0; attempt < 5; attempt++) candidates.push(`${prefix}-${randomBytes(4).toString("hex")}`);
  for (const name of candidates) {
    const taken = await store.read.selectFrom("source").select("id").where("name", "=", name).executeTakeFirst();
    if (!taken) return name;
  }
  throw new AppError("name-taken", `no free name near ${bucketOf(prefix)}`);
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
    };
  });
}
