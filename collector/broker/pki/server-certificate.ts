/** The certificate of broker and API: kept in the authority's folder, issued anew before it expires or when its names change. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Log } from "../../../protocol/log.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { Authority } from "./authority.ts";
import { PRIVATE_MODE, PUBLIC_MODE, readIfThere, writeWhole } from "./files.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** The longest that common TLS clients accept. */
const SERVER_DAYS = 397;
const RENEW_BEFORE_MS = 30 * DAY_MS;

export interface ServerCertificate {
  certificatePem: string;
  keyPem: string;
}

/** Names that a server is reached by on its own machine, and those configured. */
export function serverNames(configured: readonly string[] = []): string[] {
  return [...new Set(["localhost", hostname().toLowerCase(), "127.0.0.1", "::1", ...configured])];
}

export async function openServerCertificate(
  folder: string,
  authority: Authority,
  names: readonly string[],
  clock: Clock,
): Promise<ServerCertificate> {
  const files = { certificate: join(folder, "server.pem"), key: join(folder, "server.key") };
  const stored = await readBoth(files);
  if (stored && isGood(stored, authority, names, clock)) return stored;
  const issued = await authority.issueServer(names, SERVER_DAYS);
  await writeWhole(files.key, issued.keyPem, PRIVATE_MODE);
  await writeWhole(files.certificate, issued.pem, PUBLIC_MODE);
  return { certificatePem: issued.pem, keyPem: issued.keyPem };
}

export interface KeepDeps {
  folder: string;
  authority: Authority;
  names: readonly string[];
  clock: Clock;
  log: Log;
}

/** Looks once a day and hands over a new certificate before `present` runs out. Returns the function that stops it. */
export function keepServerCertificate(
  { folder, authority, names, clock, log }: KeepDeps,
  present: ServerCertificate,
  onRenewed: (certificate: ServerCertificate) => void,
): () => void {
  let cancel = clock.after(DAY_MS, look);
  let isStopped = false;
  let certificatePem = present.certificatePem;

  function look(): void {
    openServerCertificate(folder, authority, names, clock)
      .then((found) => {
        if (isStopped || found.certificatePem === certificatePem) return;
        certificatePem = found.certificatePem;
        log.info({}, "renewed the server certificate");
        onRenewed(found);
      })
      .catch((error: Error) => log.error({ err: error }, "cannot renew the server certificate"))
      .finally(() => {
        if (!isStopped) cancel = clock.after(DAY_MS, look);
      });
  }

  return () => {
    isStopped = true;
    cancel();
  };
}

async function readBoth(files: { certificate: string; key: string }): Promise<ServerCertificate | undefined> {
  const [certificate, key] = await Promise.all([readIfThere(files.certificate), readIfThere(files.key)]);
  return certificate && key && { certificatePem: certificate.toString(), keyPem: key.toString() };
}

function isGood(
  { certificatePem, keyPem }: ServerCertificate,
  authority: Authority,
  names: readonly string[],
  clock: Clock,
): boolean {
  try {
    const certificate = new X509Certificate(certificatePem);
    const ca = new X509Certificate(authority.caPem);
    const lasts = Date.parse(certificate.validTo) - clock.now() > RENEW_BEFORE_MS;
    const isOurs = certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
    const fits = certificate.checkPrivateKey(createPrivateKey(keyPem));
    return lasts && isOurs && fits && names.every((name) => covers(certificate, name));
  } catch {
    // A damaged file is replaced like one that ran out.
    return false;
  }
}

function covers(certificate: X509Certificate, name: string): boolean {
  const covered = isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name);
  return covered !== undefined;
}
