/** Enrolment and renewal from the source's side (contract, section Enrolment). */
import { type KeyObject, X509Certificate } from "node:crypto";
import { AppError } from "../errors.ts";
import type { EnrolmentRequest } from "../messages/enrolment.ts";
import { NAME_PATTERN } from "../messages/names.ts";
import { encodeCertificateRequest } from "./certificate-request.ts";
import { type JsonResponse, postJson, resolveAuthority } from "./https.ts";
import type { Identity } from "./identity.ts";
import type { CentreTrust, SourceOptions } from "./source.ts";

export type EnrolAnswer =
  | { state: "granted"; identity: Identity }
  | { state: "waiting"; enrolment: string; retryAfterMs: number };

const RETRY_SECONDS_MAX = 600;

/**
 * Asks once. Rejects with AppError `unreachable`, `untrusted`, `bad-response` (try again), or with what the centre said:
 * `token-refused`, `enrolment-refused`, `key-of-another-machine`, `queue-full`, `rate-limited` ...
 */
export async function requestEnrolment(
  centre: { url: string; token?: string } & CentreTrust,
  key: KeyObject,
  options: SourceOptions,
): Promise<EnrolAnswer> {
  const url = new URL("/api/v1/enrolments", centre.url);
  const ca = await resolveAuthority(url, centre);
  const request: EnrolmentRequest = {
    csr: encodeCertificateRequest(key, options.wanted ?? options.hostname.slice(0, 60)),
    kind: options.kind,
    fingerprint: [...options.fingerprint],
    hostname: options.hostname,
    agent: options.version,
    ...(centre.token === undefined ? {} : { token: centre.token }),
    ...(options.simulated ? { simulated: true } : {}),
    ...(options.wanted === undefined ? {} : { wanted: options.wanted }),
  };
  const answer = await postJson(url, request, ca);
  if (answer.status === 201 || answer.status === 200) return { state: "granted", identity: identityOf(answer, key) };
  if (answer.status === 202) return waitingOf(answer);
  throw refusalOf(answer);
}

/** A new certificate for the same key. Rejects as `requestEnrolment` does. */
export async function requestRenewal(centreUrl: string, key: KeyObject, identity: Identity): Promise<Identity> {
  const url = new URL("/api/v1/renewals", centreUrl);
  const csr = encodeCertificateRequest(key, identity.source);
  const answer = await postJson(url, { certificate: identity.certificate, csr }, identity.ca);
  if (answer.status !== 200 && answer.status !== 201) throw refusalOf(answer);
  return identityOf(answer, key);
}

function identityOf({ body }: JsonResponse, key: KeyObject): Identity {
  const { source, site, certificate, ca, broker, expiresAt } = body as Record<string, unknown>;
  const isWhole =
    isName(source) && isName(site) && isText(certificate) && isText(ca) && isText(broker) && isText(expiresAt);
  if (!isWhole) throw new AppError("bad-response", "the centre's answer to the enrolment is not whole");
  if (!isFor(certificate, key)) throw new AppError("bad-response", "the certificate granted is not for this key");
  return { source, site, certificate, ca, broker, expiresAt };
}

function isFor(certificatePem: string, key: KeyObject): boolean {
  try {
    return new X509Certificate(certificatePem).checkPrivateKey(key);
  } catch {
    return false;
  }
}

function waitingOf({ body }: JsonResponse): EnrolAnswer {
  const { enrolment, retryAfterSeconds } = body as { enrolment?: unknown; retryAfterSeconds?: unknown };
  const seconds = Number(retryAfterSeconds);
  const wait = Number.isFinite(seconds) ? Math.min(Math.max(seconds, 1), RETRY_SECONDS_MAX) : RETRY_SECONDS_MAX;
  return { state: "waiting", enrolment: String(enrolment ?? ""), retryAfterMs: wait * 1000 };
}

function refusalOf({ status, body }: JsonResponse): AppError {
  const { code, detail, title } = (body ?? {}) as Record<string, unknown>;
  const known = isText(code) ? code : `http-${status}`;
  return new AppError(known, `the centre refused: ${isText(detail) ? detail : isText(title) ? title : known}`);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && NAME_PATTERN.test(value);
}
