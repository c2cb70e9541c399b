/** The life of a certificate after enrolment: who its bearer is, renewal, revocation. */
import { X509Certificate } from "node:crypto";
import { AppError } from "../../protocol/errors.ts";
import type { EnrolmentGranted } from "../../protocol/messages/enrolment.ts";
import { formatInstant } from "../../protocol/time.ts";
import type { Identified, PeerCertificate } from "../broker/embedded/certificate-identity.ts";
import { keyHashOfRequest } from "../broker/pki/authority.ts";
import { keyHashOf } from "../broker/pki/keys.ts";
import type { Store } from "../store/port.ts";
import type { EnrolmentDeps } from "./deps.ts";
import { insertCertificate } from "./issued.ts";

/**
 * Whether the bearer of a certificate of our authority may connect: known, not revoked, its source not revoked. A source found
 * to be a duplicate may: its data is not taken, but it can be told to enrol anew.
 */
export async function identify(store: Store, { commonName, serial, keyHash }: PeerCertificate): Promise<Identified> {
  const rows = await store.read
    .selectFrom("certificate")
    .innerJoin("source", "source.id", "certificate.source_id")
    .select(["source.name", "source.site", "source.state", "certificate.serial", "certificate.revoked_at"])
    .where("certificate.key_hash", "=", keyHash)
    .where("source.name", "=", commonName)
    .execute();
  // After the restore of a copy a renewed certificate is unknown, but its key is not: any of the key's may stand for it.
  const row = rows.find((candidate) => candidate.serial === serial) ?? rows[0];
  if (!row) return { ok: false, code: "certificate-unknown" };
  if (rows.some(({ revoked_at }) => revoked_at !== null)) return { ok: false, code: "certificate-revoked" };
  if (row.state === "revoked") return { ok: false, code: "source-revoked" };
  return { ok: true, source: row.name, site: row.site };
}

/**
 * A new certificate for the key of a present one; the request's own signature proves that the asker holds that key.
 * Rejects with AppError `bad-request`, `certificate-unknown`, `certificate-revoked`, `source-revoked`, `certificate-expired`.
 */
export async function renew(
  deps: EnrolmentDeps,
  { certificate, csr }: { certificate: string; csr: string },
  host: string | undefined,
): Promise<EnrolmentGranted> {
  const present = parse(certificate);
  const keyHash = await keyHashOfRequest(csr);
  if (keyHash !== present.keyHash)
    throw new AppError("bad-request", "the request is not signed with the certificate's key");
  if (present.notAfter <= deps.clock.now())
    throw new AppError("certificate-expired", "the certificate ran out: enrol again");
  const identity = await identify(deps.store, present);
  if (identity.ok && (await isDuplicate(deps.store, identity.source))) {
    throw new AppError("source-revoked", "two machines were seen with this key: make a new key and enrol anew");
  }
  if (!identity.ok) throw new AppError(identity.code, "the certificate cannot be renewed");
  const issued = await deps.authority.issueClient(csr, identity.source, identity.site, deps.certificateDays);
  await deps.store.write(async (tx) => {
    const { id } = await tx
      .selectFrom("source")
      .select("id")
      .where("name", "=", identity.source)
      .executeTakeFirstOrThrow();
    await insertCertificate(tx, id, issued);
  });
  return {
    state: "granted",
    source: identity.source,
    site: identity.site,
    certificate: issued.pem,
    ca: deps.authority.caPem,
    broker: deps.brokerUrl(host),
    expiresAt: formatInstant(issued.notAfter),
  };
}

async function isDuplicate(store: Store, name: string): Promise<boolean> {
  const row = await store.read.selectFrom("source").select("state").where("name", "=", name).executeTakeFirst();
  return row?.state === "duplicate";
}

function parse(pem: string): PeerCertificate & { notAfter: number } {
  try {
    const certificate = new X509Certificate(pem);
    return {
      commonName: /^CN=(.+)$/m.exec(certificate.subject)?.[1] ?? "",
      serial: certificate.serialNumber.toLowerCase(),
      keyHash: keyHashOf(certificate.publicKey.export({ format: "der", type: "spki" })),
      notAfter: Date.parse(certificate.validTo),
    };
  } catch (cause) {
    throw new AppError("bad-request", "not a certificate", { cause });
  }
}

/**
 * Revokes a source: all its certificates, its present connections, and by a decision in the log.
 * Rejects with AppError `unknown-source` or `already-revoked`.
 */
export async function revokeSource(
  { store, clock }: Pick<EnrolmentDeps, "store" | "clock">,
  source: string,
  { by, reason }: { by: string; reason?: string | undefined },
  disconnect: (source: string) => Promise<void>,
): Promise<void> {
  await store.write(async (tx) => {
    const row = await tx
      .selectFrom("source")
      .select(["id", "state", "kind"])
      .where("name", "=", source)
      .executeTakeFirst();
    if (!row || row.kind === "centre") throw new AppError("unknown-source", `there is no source ${source}`);
    if (row.state === "revoked") throw new AppError("already-revoked", `${source} is revoked already`);
    await tx.updateTable("source").set({ state: "revoked" }).where("id", "=", row.id).execute();
    await tx
      .updateTable("certificate")
      .set({ revoked_at: clock.now(), revoked_reason: reason ?? null })
      .where("source_id", "=", row.id)
      .where("revoked_at", "is", null)
      .execute();
    await store.appendDecisions([{ kind: "source.revoked", body: { source, by, reason } }], tx);
  });
  await disconnect(source);
}

/** Serial numbers for a revocation list. */
export async function revokedSerials(store: Store): Promise<{ serial: string; revokedAt: number }[]> {
  const rows = await store.read
    .selectFrom("certificate")
    .select(["serial", "revoked_at"])
    .where("revoked_at", "is not", null)
    .execute();
  return rows.map(({ serial, revoked_at }) => ({ serial, revokedAt: revoked_at ?? 0 }));
}
