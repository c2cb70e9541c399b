/** The certificate of broker and API: kept in the authority's folder, issued anew before it expires or when its names change. */
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { hostname } from "node:os";
import type { Clock } from "../../../protocol/time.ts";
import type { Authority } from "./authority.ts";
import { type CertificateAndKey, KEPT_DAYS, openKeptCertificate } from "./kept-certificate.ts";

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
    serves: (certificate) => names.every((name) => covers(certificate, name)),
    issue: () => authority.issueServer(names, KEPT_DAYS),
  });
}

function covers(certificate: X509Certificate, name: string): boolean {
  const covered = isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name);
  return covered !== undefined;
}
