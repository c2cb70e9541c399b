/**
 * Enrolment: a source posts a certificate request and gets a client certificate, at once with a token that approves, otherwise
 * once an officer does. A source is recognised by its key: asking again is safe, and how it fetches what was approved.
 */
import { AppError, isAppError } from "../../protocol/errors.ts";
import type { EnrolmentGranted, EnrolmentRequest } from "../../protocol/messages/enrolment.ts";
import { formatInstant } from "../../protocol/time.ts";
import { keyHashOfRequest } from "../broker/pki/authority.ts";
import type { Store } from "../store/port.ts";
import { approveEnrolment } from "./decide.ts";
import type { EnrolmentDeps } from "./deps.ts";
import { insertCertificate } from "./issued.ts";
import { findPredecessor, matchMachines } from "./machine-match.ts";
import { type EnrolmentRow, enqueue, findByKey } from "./queue.ts";
import { wasGiven } from "./spent-token.ts";
import { type EnrolPermit, verifyEnrolToken } from "./tokens.ts";

export const RETRY_AFTER_SECONDS = 30;

export type EnrolmentOutcome = EnrolmentGranted | { state: "waiting"; enrolment: string; retryAfterSeconds: number };

/**
 * Rejects with AppError `bad-request`, `token-refused`, `rate-limited`, `enrolment-refused` (an officer said no, or the source
 * was revoked), `key-of-another-machine` (a copied key), `queue-full`.
 */
export async function enrol(
  deps: EnrolmentDeps,
  request: EnrolmentRequest,
  from: { address: string; host?: string | undefined },
): Promise<EnrolmentOutcome> {
  const permit = await permitOf(deps, request);
  if (!permit && deps.rate && !deps.rate.take(from.address)) {
    throw new AppError("rate-limited", "too many enrolments from this address: wait");
  }
  const keyHash = await keyHashOfRequest(request.csr);
  const known = await findByKey(deps.store, keyHash);
  if (known) refuseCopiedKey(JSON.parse(known.request), request);
  if (known?.state === "refused") throw refusal(known);
  if (known?.state === "granted") return again(deps, known, request, from.host);
  if (request.token !== undefined && !permit && !(await wasGiven(deps.store, request.token, request))) {
    throw new AppError("token-refused", "the token is unknown, used, expired, or for another kind of source");
  }
  const id = known?.id ?? (await enqueue(deps, keyHash, request, from.address, permit));
  if (!permit || !(await approves(deps, permit, request))) {
    return { state: "waiting", enrolment: id, retryAfterSeconds: RETRY_AFTER_SECONDS };
  }
  await approveOnce(deps, id, permit);
  const granted = await findByKey(deps.store, keyHash);
  if (!granted) throw new AppError("unknown-enrolment", "the enrolment vanished");
  return again(deps, granted, request, from.host);
}

async function permitOf(deps: EnrolmentDeps, { token, kind }: EnrolmentRequest): Promise<EnrolPermit | undefined> {
  const permit = token === undefined ? undefined : await verifyEnrolToken(deps, token);
  return permit?.scope.kind === undefined || permit.scope.kind === kind ? permit : undefined;
}

/** A machine that was revoked does not come back by a token: that is an officer's decision. */
async function approves({ store }: EnrolmentDeps, { scope }: EnrolPermit, request: EnrolmentRequest): Promise<boolean> {
  return scope.approves && (await findPredecessor(store, request))?.state !== "revoked";
}

/** Of two requests with one key at the same time, one is approved and the other finds it approved. */
async function approveOnce(deps: EnrolmentDeps, id: string, permit: EnrolPermit): Promise<void> {
  try {
    await approveEnrolment(deps, id, { by: `token:${permit.id}`, permit });
  } catch (error) {
    if (!isAppError(error, "already-decided")) throw error;
  }
}

function refusal({ reason }: EnrolmentRow): AppError {
  return new AppError("enrolment-refused", `this enrolment was refused${reason === null ? "" : `: ${reason}`}`);
}

/** A key that comes from another machine than before is on a copied disk. */
function refuseCopiedKey(before: EnrolmentRequest, now: EnrolmentRequest): void {
  if (matchMachines(before.fingerprint, now.fingerprint) === "different") {
    throw new AppError("key-of-another-machine", "this key was enrolled by another machine: delete it and enrol anew");
  }
}

/** The certificate that was granted, issued anew when it has run out: a source may have been switched off for long. */
async function again(
  deps: EnrolmentDeps,
  row: EnrolmentRow,
  request: EnrolmentRequest,
  host: string | undefined,
): Promise<EnrolmentGranted> {
  const { store, clock, authority, site, brokerUrl, certificateDays } = deps;
  const source = await sourceOf(store, row);
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
    const issued = await authority.issueClient(request.csr, source.name, site, certificateDays);
    await store.write((tx) => insertCertificate(tx, source.id, issued));
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

async function sourceOf(store: Store, { source_id }: EnrolmentRow): Promise<{ id: number; name: string }> {
  const source = await store.read
    .selectFrom("source")
    .select(["id", "name", "state"])
    .where("id", "=", source_id ?? -1)
    .executeTakeFirst();
  if (source?.state === "enrolled") return source;
  const what = source?.state === "duplicate" ? "two machines were seen with this key" : "this source was revoked";
  throw new AppError("enrolment-refused", `${what}: make a new key and enrol anew`);
}
