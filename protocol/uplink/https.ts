/** JSON over HTTPS to a centre that is known by its authority's certificate, or recognised at first contact by its fingerprint. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { connect, type DetailedPeerCertificate } from "node:tls";
import { AppError } from "../errors.ts";
import { hostOf, isUntrusted } from "./broker-socket.ts";
import type { CentreTrust } from "./source.ts";

const TIMEOUT_MS = 30_000;
const RESPONSE_BYTES_MAX = 256 * 1024;
const CHAIN_MAX = 5;

export interface JsonResponse {
  status: number;
  body: unknown;
}

/** Posts JSON. Rejects with AppError `unreachable`, `untrusted`, `bad-response`. */
export function postJson(url: URL, body: unknown, caPem: string): Promise<JsonResponse> {
  const payload = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: "POST",
        ca: caPem,
        agent: false,
        timeout: TIMEOUT_MS,
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(payload) },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        incoming.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > RESPONSE_BYTES_MAX) outgoing.destroy(new Error("the answer is too long"));
          else chunks.push(chunk);
        });
        incoming.on("error", (cause) => reject(toNetworkError(url, cause)));
        incoming.on("end", () => {
          try {
            resolve({ status: incoming.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString("utf8")) });
          } catch (cause) {
            reject(new AppError("bad-response", `${url.origin} did not answer in JSON`, { cause }));
          }
        });
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.on("error", (cause) => reject(toNetworkError(url, cause)));
    outgoing.end(payload);
  });
}

/**
 * The authority to trust: from the file, or from the server itself when its root has the fingerprint. Rejects with AppError
 * `untrusted` when neither is given, the file cannot be read, they disagree, or the server shows another root; `unreachable`.
 */
export async function resolveAuthority(url: URL, { caFile, caFingerprint }: CentreTrust): Promise<string> {
  const pin = caFingerprint?.replaceAll(":", "").toLowerCase();
  if (caFile !== undefined) {
    const pem = await readAuthority(caFile);
    if (pin !== undefined && fingerprintOf(Buffer.from(derOf(pem))) !== pin) {
      throw new AppError("untrusted", `${caFile} does not have the fingerprint that was given`);
    }
    return pem;
  }
  if (pin === undefined)
    throw new AppError("untrusted", "how to recognise the centre is not said: a CA file or its fingerprint");
  const root = await rootOf(url);
  if (fingerprintOf(root) !== pin)
    throw new AppError("untrusted", `${url.origin} shows another authority than expected`);
  const lines = root.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

async function readAuthority(path: string): Promise<string> {
  try {
    const pem = await readFile(path, "utf8");
    if (derOf(pem).length > 0) return pem;
  } catch (cause) {
    throw new AppError("untrusted", `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  throw new AppError("untrusted", `${path} holds no certificate`);
}

/** The last certificate of the chain that the server sends. It is only compared with the pin; every later contact verifies it in full. */
function rootOf(url: URL): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostOf(url),
      port: Number(url.port || 443),
      rejectUnauthorized: false,
      timeout: TIMEOUT_MS,
    });
    socket.once("secureConnect", () => {
      let certificate: DetailedPeerCertificate = socket.getPeerCertificate(true);
      for (let depth = 0; depth < CHAIN_MAX; depth++) {
        const { issuerCertificate } = certificate;
        if (!issuerCertificate || issuerCertificate.fingerprint256 === certificate.fingerprint256) break;
        certificate = issuerCertificate;
      }
      socket.destroy();
      resolve(certificate.raw);
    });
    socket.once("timeout", () => socket.destroy(new Error("no answer in time")));
    socket.once("error", (cause) => reject(toNetworkError(url, cause)));
  });
}

function derOf(pem: string): Buffer {
  const base64 = /-----BEGIN CERTIFICATE-----([\s\S]+?)-----END/.exec(pem)?.[1] ?? "";
  return Buffer.from(base64, "base64");
}

function fingerprintOf(der: Buffer): string {
  return createHash("sha256").update(der).digest("hex");
}

function toNetworkError(url: URL, cause: NodeJS.ErrnoException): AppError {
  const code = isUntrusted(cause.code) ? "untrusted" : "unreachable";
  return new AppError(code, `${url.origin}: ${cause.message}`, { cause });
}
