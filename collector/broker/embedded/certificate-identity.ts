/** Who a TLS peer is, by its client certificate. */
import type { TLSSocket } from "node:tls";
import { keyHashOf } from "../pki/keys.ts";

export interface PeerCertificate {
  /** Common name: the source. */
  commonName: string;
  /** Lower-case hex. */
  serial: string;
  /** SHA-256 of the public key (SPKI), hex. */
  keyHash: string;
}

export type Identified = { ok: true; source: string; site: string } | { ok: false; code: string };
export type IdentifySource = (certificate: PeerCertificate) => Promise<Identified>;

/** Undefined when the peer showed none, which the TLS server does not let through. */
export function certificateOf(socket: TLSSocket): PeerCertificate | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return undefined;
  const commonName = /^CN=(.+)$/m.exec(certificate.subject)?.[1];
  if (commonName === undefined) return undefined;
  const keyHash = keyHashOf(certificate.publicKey.export({ format: "der", type: "spki" }));
  return { commonName, serial: certificate.serialNumber.toLowerCase(), keyHash };
}
