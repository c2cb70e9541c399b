/** A certificate with its key, kept in two files and replaced when it no longer serves. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import type { Log } from "../../../protocol/log.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { Authority, IssuedCertificate } from "./authority.ts";
import { PRIVATE_MODE, PUBLIC_MODE, readIfThere, writeWhole } from "./files.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** The longest that common TLS clients accept. */
export const KEPT_DAYS = 397;
export const RENEW_BEFORE_MS = 30 * DAY_MS;

export interface CertificateAndKey {
  certificatePem: string;
  keyPem: string;
}

export interface KeptOptions {
  folder: string;
  /** Name of the files, without `.pem` and `.key`. */
  stem: string;
  authority: Authority;
  clock: Clock;
  /** Whether a certificate of the authority that lasts long enough still serves. */
  serves: (certificate: X509Certificate) => boolean;
  issue: () => Promise<IssuedCertificate & { keyPem: string }>;
}

export async function openKeptCertificate(options: KeptOptions): Promise<CertificateAndKey> {
  const paths = {
    certificate: join(options.folder, `${options.stem}.pem`),
    key: join(options.folder, `${options.stem}.key`),
  };
  const [certificate, key] = await Promise.all([readIfThere(paths.certificate), readIfThere(paths.key)]);
  const stored = certificate && key && { certificatePem: certificate.toString(), keyPem: key.toString() };
  if (stored && isGood(stored, options)) return stored;
  const issued = await options.issue();
  await writeWhole(paths.key, issued.keyPem, PRIVATE_MODE);
  await writeWhole(paths.certificate, issued.pem, PUBLIC_MODE);
  return { certificatePem: issued.pem, keyPem: issued.keyPem };
}

export interface KeepDeps {
  /** Opens the certificate, issuing another when the present one runs out soon. */
  open: () => Promise<CertificateAndKey>;
  clock: Clock;
  log: Log;
}

/** Looks once a day and hands over a new certificate before `present` runs out. Returns the function that stops it. */
export function keepCertificate(
  { open, clock, log }: KeepDeps,
  present: CertificateAndKey,
  onRenewed: (certificate: CertificateAndKey) => void,
): () => void {
  let cancel = clock.after(DAY_MS, look);
  let isStopped = false;
  let { certificatePem } = present;

  function look(): void {
    open()
      .then((found) => {
        if (isStopped || found.certificatePem === certificatePem) return;
        certificatePem = found.certificatePem;
        log.info({}, "renewed a certificate of the centre");
        onRenewed(found);
      })
      .catch((error: Error) => log.error({ err: error }, "cannot renew a certificate of the centre"))
      .finally(() => {
        if (!isStopped) cancel = clock.after(DAY_MS, look);
      });
  }

  return () => {
    isStopped = true;
    cancel();
  };
}

function isGood({ certificatePem, keyPem }: CertificateAndKey, options: KeptOptions): boolean {
  try {
    const certificate = new X509Certificate(certificatePem);
    const ca = new X509Certificate(options.authority.caPem);
    const lasts = Date.parse(certificate.validTo) - options.clock.now() > RENEW_BEFORE_MS;
    const isOurs = certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
    return lasts && isOurs && certificate.checkPrivateKey(createPrivateKey(keyPem)) && options.serves(certificate);
  } catch {
    // A damaged file is replaced like one that ran out.
    return false;
  }
}
