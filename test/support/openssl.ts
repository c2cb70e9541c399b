/** Keys and certificate requests made by OpenSSL, so that what the authority takes is not of our own making. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface KeyAndRequest {
  keyPem: string;
  csrPem: string;
}

export function opensslRequest(name: string, curve = "prime256v1"): KeyAndRequest {
  const folder = mkdtempSync(join(tmpdir(), "dianmao-openssl-"));
  try {
    const key = join(folder, "key.pem");
    const csr = join(folder, "csr.pem");
    openssl("ecparam", "-name", curve, "-genkey", "-noout", "-out", key);
    openssl("req", "-new", "-key", key, "-subj", `/CN=${name}`, "-out", csr);
    return { keyPem: readFileSync(key, "utf8"), csrPem: readFileSync(csr, "utf8") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What OpenSSL prints; throws when it fails. */
export function openssl(...args: string[]): string {
  return execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
