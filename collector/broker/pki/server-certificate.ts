/** The certificate of broker and API: kept in the home folder, issued anew before it expires or when its names change. */
import { X509Certificate } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../protocol/time.ts";
import type { Authority } from "./authority.ts";

const SERVER_DAYS = 397;
const RENEW_BEFORE_MS = 30 * 24 * 60 * 60 * 1000;

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
  if (stored && isGood(stored.certificatePem, authority, names, clock)) return stored;
  const issued = await authority.issueServer(names, SERVER_DAYS);
  await writeFile(files.key, issued.keyPem, { mode: 0o600 });
  await writeFile(files.certificate, issued.pem);
  return { certificatePem: issued.pem, keyPem: issued.keyPem };
}

async function readBoth(files: { certificate: string; key: string }): Promise<ServerCertificate | undefined> {
  try {
    const [certificatePem, keyPem] = await Promise.all([
      readFile(files.certificate, "utf8"),
      readFile(files.key, "utf8"),
    ]);
    return { certificatePem, keyPem };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function isGood(pem: string, authority: Authority, names: readonly string[], clock: Clock): boolean {
  const certificate = new X509Certificate(pem);
  const ca = new X509Certificate(authority.caPem);
  const lasts = Date.parse(certificate.validTo) - clock.now() > RENEW_BEFORE_MS;
  return (
    lasts &&
    certificate.checkIssued(ca) &&
    certificate.verify(ca.publicKey) &&
    names.every((name) => covers(certificate, name))
  );
}

function covers(certificate: X509Certificate, name: string): boolean {
  const covered = /^[\d.]+$|:/.test(name) ? certificate.checkIP(name) : certificate.checkHost(name);
  return covered !== undefined;
}
