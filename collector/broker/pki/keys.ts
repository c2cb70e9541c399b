/** P-256 keys as PEM files, and the hash by which a public key is known. */
import { createHash, createPrivateKey, createPublicKey, webcrypto } from "node:crypto";
import type { PublicKey } from "@peculiar/x509";

export const P256 = { name: "ECDSA", namedCurve: "P-256" } as const;
export const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;

export async function exportKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" })
    .export({ format: "pem", type: "pkcs8" })
    .toString();
}

/** Throws when the private key is not that of `publicKey`. */
export async function importKeyPem(pem: string, publicKey: PublicKey): Promise<webcrypto.CryptoKeyPair> {
  const key = createPrivateKey(pem);
  const own = createPublicKey(key).export({ format: "der", type: "spki" });
  if (!own.equals(Buffer.from(publicKey.rawData))) throw new Error("key and certificate do not belong together");
  const pkcs8 = key.export({ format: "der", type: "pkcs8" });
  const privateKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, P256, false, ["sign"]);
  return { privateKey, publicKey: await publicKey.export() };
}

/** SHA-256 in lower-case hex. */
export function keyHashOf(bytes: ArrayBuffer | Uint8Array): string {
  return createHash("sha256").update(new Uint8Array(bytes)).digest("hex");
}
