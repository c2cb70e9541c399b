/** A certificate with its key, kept in two files and replaced when it no longer serves. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../../../protocol/time.ts";
import type { Authority, IssuedCertificate } from "./authority.ts";
import { PRIVATE_MODE, PUBLIC_MODE, readIfThere, writeWhole } from "./files.ts";

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
  renewBeforeMs: number;
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

function isGood({ certificatePem, keyPem }: CertificateAndKey, options: KeptOptions): boolean {
  try {
    const certificate = new X509Certificate(certificatePem);
    const ca = new X509Certificate(options.authority.caPem);
    const lasts = Date.parse(certificate.validTo) - options.clock.now() > options.renewBeforeMs;
    const isOurs = certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
    return lasts && isOurs && certificate.checkPrivateKey(createPrivateKey(keyPem)) && options.serves(certificate);
  } catch {
    // A damaged file is replaced like one that ran out.
    return false;
  }
}
