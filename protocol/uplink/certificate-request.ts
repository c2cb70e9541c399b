/**
 * A PKCS#10 certificate request (RFC 2986) for a P-256 key, written out by hand: the one shape that an agent needs is a page,
 * and a certificate library would cost the agent more memory than all the rest of it.
 */
import { createPublicKey, type KeyObject, sign } from "node:crypto";

const TAG = {
  integer: 0x02,
  bitString: 0x03,
  oid: 0x06,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  attributes: 0xa0,
} as const;
/** id-at-commonName 2.5.4.3 */
const COMMON_NAME = Buffer.from([0x55, 0x04, 0x03]);
/** ecdsa-with-SHA256 1.2.840.10045.4.3.2 (RFC 5758) */
const ECDSA_SHA256 = Buffer.from([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]);

/** PEM of a request for `commonName`, signed with the P-256 private key. */
export function encodeCertificateRequest(key: KeyObject, commonName: string): string {
  const publicKey = createPublicKey(key).export({ format: "der", type: "spki" });
  const attribute = der(TAG.sequence, der(TAG.oid, COMMON_NAME), der(TAG.utf8, Buffer.from(commonName)));
  const info = der(
    TAG.sequence,
    der(TAG.integer, Buffer.from([0])),
    der(TAG.sequence, der(TAG.set, attribute)),
    publicKey,
    der(TAG.attributes),
  );
  const signature = sign("sha256", info, key);
  const request = der(
    TAG.sequence,
    info,
    der(TAG.sequence, der(TAG.oid, ECDSA_SHA256)),
    der(TAG.bitString, Buffer.from([0]), signature),
  );
  const lines = request.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join("\n")}\n-----END CERTIFICATE REQUEST-----\n`;
}

/** Tag, definite length, content (X.690). */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

function lengthOf(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.from([bytes]);
  return bytes < 0x100 ? Buffer.from([0x81, bytes]) : Buffer.from([0x82, bytes >> 8, bytes & 0xff]);
}
