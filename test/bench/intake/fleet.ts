/** A thousand sources in a process of their own, with certificates of the bench's own authority. */
import { type ChildProcess, fork } from "node:child_process";
import { createPrivateKey, webcrypto } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import type { Authority } from "../../../collector/broker/pki/authority.ts";
import { SITE } from "./load-client.ts";
import type { FloodFigures, Order, SteadyFigures } from "./load-process.ts";

export interface Member {
  source: string;
  certificate: string;
}

/** Certificates for so many sources, over one key: what is measured does not depend on it. */
export async function enrolFleet(authority: Authority, size: number): Promise<{ members: Member[]; keyPem: string }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: "CN=load",
    keys,
    signingAlgorithm: algorithm,
  });
  const members: Member[] = [];
  for (let index = 0; index < size; index++) {
    const source = `load-${index}`;
    const { pem } = await authority.issueClient(request.toString("pem"), source, SITE, 1);
    members.push({ source, certificate: pem });
  }
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  return { members, keyPem: key.export({ format: "pem", type: "pkcs8" }).toString() };
}

export class Fleet {
  readonly #process: ChildProcess;

  constructor() {
    const file = fileURLToPath(new URL("./load-process.ts", import.meta.url));
    this.#process = fork(file, { execArgv: ["--import", "tsx"] });
  }

  async connect(order: Omit<Extract<Order, { do: "connect" }>, "do">): Promise<void> {
    await this.#ask({ do: "connect", ...order });
  }

  async flood(order: Omit<Extract<Order, { do: "flood" }>, "do">): Promise<FloodFigures> {
    return (await this.#ask({ do: "flood", ...order })) as FloodFigures;
  }

  async steady(order: Omit<Extract<Order, { do: "steady" }>, "do">): Promise<SteadyFigures> {
    return (await this.#ask({ do: "steady", ...order })) as SteadyFigures;
  }

  async disconnect(): Promise<void> {
    await this.#ask({ do: "close" });
  }

  async stop(): Promise<void> {
    this.#process.disconnect();
    await once(this.#process, "exit");
  }

  async #ask(order: Order): Promise<unknown> {
    const answered = new AbortController();
    const { signal } = answered;
    this.#process.send(order);
    const [answer] = (await Promise.race([
      once(this.#process, "message", { signal }),
      once(this.#process, "exit", { signal }).then(() => [{ error: "the load generator died" }]),
    ])) as [{ result?: unknown; error?: string }];
    answered.abort();
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.result;
  }
}
