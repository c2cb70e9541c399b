/**
 * The centre's own certificate authority: made at first start, its key readable by the owner alone. It signs the server
 * certificate of broker and API, and one client certificate per source.
 */
import { webcrypto } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { AppError } from "../../../protocol/errors.ts";
import type { Clock } from "../../../protocol/time.ts";
import { PRIVATE_MODE, PUBLIC_MODE, readIfThere, writeWhole } from "./files.ts";
import { exportKeyPem, importKeyPem, keyHashOf, P256, SIGNING } from "./keys.ts";

x509.cryptoProvider.set(webcrypto as never);

const DAY_MS = 24 * 60 * 60 * 1000;
const CA_DAYS = 3650;
/** Certificates begin a little in the past: the clocks of PCs are not in step. */
const BACKDATE_MS = 60 * 60 * 1000;
const SERIAL_BYTES = 16;

export interface IssuedCertificate {
  pem: string;
  /** Lower-case hex. */
  serial: string;
  /** SHA-256 of the public key (SPKI), hex. */
  keyHash: string;
  notBefore: number;
  notAfter: number;
}

export interface Authority {
  readonly caPem: string;
  /** SHA-256 of the authority's certificate (DER), lower-case hex: what a source pins at first contact. */
  readonly fingerprint: string;
  /** A client certificate for a source; throws AppError `bad-request` for a CSR that is not P-256 or not signed by its own key. */
  issueClient(csrPem: string, source: string, site: string, days: number): Promise<IssuedCertificate>;
  /** A client certificate with its key, for the centre itself. */
  issueClientWithKey(name: string, days: number): Promise<IssuedCertificate & { keyPem: string }>;
  /** A server certificate for the given host names and addresses, with its key. */
  issueServer(names: readonly string[], days: number): Promise<IssuedCertificate & { keyPem: string }>;
  /** A revocation list of the given serial numbers (for brokers that cannot ask), valid for `days`. */
  issueRevocationList(serials: readonly { serial: string; revokedAt: number }[], days: number): Promise<string>;
}

/** Opens the authority in `folder`, making it at first. Rejects with AppError `authority-damaged` when key and certificate do not fit. */
export async function openAuthority({
  folder,
  name,
  clock,
}: {
  folder: string;
  name: string;
  clock: Clock;
}): Promise<Authority> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = { key: join(folder, "ca.key"), certificate: join(folder, "ca.pem") };
  const stored = await read(files, name, clock);
  const { keys, certificate } = stored ?? (await create(files, name, clock));
  return makeAuthority(keys, certificate, clock);
}

interface Files {
  key: string;
  certificate: string;
}

interface Opened {
  keys: webcrypto.CryptoKeyPair;
  certificate: x509.X509Certificate;
}

/** Undefined when there is none yet. A key alone is what a start that was interrupted leaves. */
async function read(files: Files, name: string, clock: Clock): Promise<Opened | undefined> {
  const [key, pem] = await Promise.all([readIfThere(files.key), readIfThere(files.certificate)]);
  if (key === undefined && pem === undefined) return undefined;
  try {
    if (key === undefined) throw new Error("its key file is missing");
    const keys = await importKeyPem(key.toString());
    if (pem === undefined) return { keys, certificate: await selfSign(files, keys, name, clock) };
    const certificate = new x509.X509Certificate(pem.toString());
    const own = Buffer.from(await webcrypto.subtle.exportKey("spki", keys.publicKey));
    if (!own.equals(Buffer.from(certificate.publicKey.rawData))) throw new Error("its key is not this certificate's");
    return { keys, certificate };
  } catch (cause) {
    const message = `the certificate authority in ${files.certificate} cannot be used: ${(cause as Error).message}`;
    throw new AppError("authority-damaged", message, { cause });
  }
}

async function create(files: Files, name: string, clock: Clock): Promise<Opened> {
  const keys = await newKeys();
  await writeWhole(files.key, await exportKeyPem(keys.privateKey), PRIVATE_MODE);
  return { keys, certificate: await selfSign(files, keys, name, clock) };
}

async function selfSign(files: Files, keys: webcrypto.CryptoKeyPair, name: string, clock: Clock) {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: `CN=${name}`,
    notBefore: new Date(clock.now() - BACKDATE_MS),
    notAfter: new Date(clock.now() + CA_DAYS * DAY_MS),
    keys,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await writeWhole(files.certificate, certificate.toString("pem"), PUBLIC_MODE);
  return certificate;
}

function makeAuthority(
  { privateKey, publicKey }: webcrypto.CryptoKeyPair,
  ca: x509.X509Certificate,
  clock: Clock,
): Authority {
  async function issue(
    subject: string,
    key: webcrypto.CryptoKey,
    days: number,
    extensions: x509.Extension[],
  ): Promise<IssuedCertificate> {
    const notBefore = new Date(clock.now() - BACKDATE_MS);
    const notAfter = new Date(Math.min(clock.now() + days * DAY_MS, ca.notAfter.getTime()));
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: newSerial(),
      subject,
      issuer: ca.subject,
      notBefore,
      notAfter,
      publicKey: key,
      signingKey: privateKey,
      signingAlgorithm: SIGNING,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        await x509.AuthorityKeyIdentifierExtension.create(publicKey),
        ...extensions,
      ],
    });
    return {
      pem: certificate.toString("pem"),
      serial: certificate.serialNumber.toLowerCase(),
      keyHash: keyHashOf(certificate.publicKey.rawData),
      notBefore: certificate.notBefore.getTime(),
      notAfter: certificate.notAfter.getTime(),
    };
  }

  return {
    caPem: ca.toString("pem"),
    fingerprint: keyHashOf(ca.rawData),
    async issueClient(csrPem, source, site, days) {
      const key = await verifiedKeyOf(csrPem);
      return issue(`CN=${source}, O=${site}`, key, days, [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ]);
    },
    async issueClientWithKey(name, days) {
      const keys = await newKeys();
      const issued = await issue(`CN=${name}`, keys.publicKey, days, [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ]);
      return { ...issued, keyPem: await exportKeyPem(keys.privateKey) };
    },
    async issueServer(names, days) {
      const keys = await newKeys();
      const issued = await issue(`CN=${names[0]}`, keys.publicKey, days, [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(names.map(toGeneralName)),
      ]);
      return { ...issued, keyPem: await exportKeyPem(keys.privateKey) };
    },
    async issueRevocationList(serials, days) {
      const list = await x509.X509CrlGenerator.create({
        issuer: ca.subject,
        thisUpdate: new Date(clock.now() - BACKDATE_MS),
        nextUpdate: new Date(clock.now() + days * DAY_MS),
        signingAlgorithm: SIGNING,
        signingKey: privateKey,
        entries: serials.map(({ serial, revokedAt }) => ({
          serialNumber: serial,
          revocationDate: new Date(revokedAt),
        })),
      });
      // The library writes the label CRL; OpenSSL, and with it Mosquitto, reads X509 CRL only (RFC 7468, section 6).
      return x509.PemConverter.encode(list.rawData, "X509 CRL");
    },
  };
}

/** The public key of a PKCS#10 request, once its own signature and its curve are checked. */
async function verifiedKeyOf(csrPem: string): Promise<webcrypto.CryptoKey> {
  try {
    const request = new x509.Pkcs10CertificateRequest(csrPem);
    const key = await request.publicKey.export();
    if ((key.algorithm as webcrypto.EcKeyAlgorithm).namedCurve !== P256.namedCurve)
      throw new Error("the key is not P-256");
    if (!(await request.verify())) throw new Error("its signature is not by its own key");
    return key;
  } catch (cause) {
    throw new AppError("bad-request", `the certificate request cannot be used: ${(cause as Error).message}`, { cause });
  }
}

/** The hash of a request's public key, by which a source is recognised when it asks again. */
export async function keyHashOfRequest(csrPem: string): Promise<string> {
  await verifiedKeyOf(csrPem);
  return keyHashOf(new x509.Pkcs10CertificateRequest(csrPem).publicKey.rawData);
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(P256, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
}

function toGeneralName(name: string): x509.JsonGeneralName {
  return { type: isIP(name) ? "ip" : "dns", value: name };
}

/** Positive and of fixed length, so that its hex never varies. */
function newSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(SERIAL_BYTES));
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}
