/** The certificate of broker and API: kept in the authority's folder, issued anew before it expires or when its names change. */
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { hostname } from "node:os";
import type { Log } from "../../../protocol/log.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { Authority } from "./authority.ts";
import { type CertificateAndKey, openKeptCertificate } from "./kept-certificate.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** The longest that common TLS clients accept. */
const SERVER_DAYS = 397;
const RENEW_BEFORE_MS = 30 * DAY_MS;

export type ServerCertificate = CertificateAndKey;

/** Names that a server is reached by on its own machine, and those configured. */
export function serverNames(configured: readonly string[] = []): string[] {
  return [...new Set(["localhost", hostname().toLowerCase(), "127.0.0.1", "::1", ...configured])];
}

export function openServerCertificate(
  folder: string,
  authority: Authority,
  names: readonly string[],
  clock: Clock,
): Promise<ServerCertificate> {
  return openKeptCertificate({
    folder,
    stem: "server",
    authority,
    clock,
    renewBeforeMs: RENEW_BEFORE_MS,
    serves: (certificate) => names.every((name) => covers(certificate, name)),
    issue: () => authority.issueServer(names, SERVER_DAYS),
  });
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

function covers(certificate: X509Certificate, name: string): boolean {
  const covered = isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name);
  return covered !== undefined;
}
