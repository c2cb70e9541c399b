/** P-256 keys as PEM files, and the hash by which a public key is known. */
import { createHash, createPrivateKey, createPublicKey, webcrypto } from "node:crypto";

export const P256 = { name: "ECDSA", namedCurve: "P-256" } as const;
export const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;

export async function exportKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" })
    .export({ format: "pem", type: "pkcs8" })
    .toString();
}

/** Throws for anything but a P-256 private key. */
export async function importKeyPem(pem: string): Promise<webcrypto.CryptoKeyPair> {
  const key = createPrivateKey(pem);
  const pkcs8 = key.export({ format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  const [privateKey, publicKey] = await Promise.all([
    webcrypto.subtle.importKey("pkcs8", pkcs8, P256, false, ["sign"]),
    webcrypto.subtle.importKey("spki", spki, P256, true, ["verify"]),
  ]);
  return { privateKey, publicKey };
}

/** SHA-256 in lower-case hex. */
export function keyHashOf(bytes: ArrayBuffer | Uint8Array): string {
  return createHash("sha256").update(new Uint8Array(bytes)).digest("hex");
}
