/** The HTTPS side of a centre in a few lines: a real authority, a server certificate for 127.0.0.1, and answers that the test gives. */
import { writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Authority, openAuthority } from "../../collector/broker/pki/authority.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { temporaryFolder } from "./test-store.ts";

export interface SmallCentre {
  authority: Authority;
  url: string;
  caFile: string;
  /** What was posted, the oldest first. */
  requests: { path: string; body: Record<string, unknown> }[];
  /** Answers the next requests, the last one for ever. A text is sent as it is. */
  answers: { status: number; body: unknown }[];
  /** A certificate of `days` for a certificate request, as the body of a 201. */
  grant(csr: string, source: string, broker: string, days?: number): Promise<Record<string, unknown>>;
}

export interface SmallCentreOptions {
  /** Names in the server's certificate. */
  names?: readonly string[];
  /** Grants every request with this broker's address instead of answering from `answers`. */
  grantAllFor?: { broker: string; source: string };
  authority?: Authority;
}

export async function openSmallCentre(options: SmallCentreOptions = {}): Promise<SmallCentre> {
  const folder = await temporaryFolder();
  const name = "Dianmao test";
  const authority = options.authority ?? (await openAuthority({ folder, name, clock: SYSTEM_CLOCK }));
  const { pem, keyPem } = await authority.issueServer(options.names ?? ["127.0.0.1", "localhost"], 1);
  const caFile = join(folder, "ca.pem");
  await writeFile(caFile, authority.caPem);
  const centre: SmallCentre = {
    authority,
    url: "",
    caFile,
    requests: [],
    answers: [{ status: 500, body: {} }],
    async grant(csr, source, broker, days = 90) {
      const { pem: certificate, notAfter } = await authority.issueClient(csr, source, "hall", days);
      const expiresAt = new Date(notAfter).toISOString();
      return { state: "granted", source, site: "hall", certificate, ca: authority.caPem, broker, expiresAt };
    },
  };
  const server = createServer({ cert: `${pem}\n${authority.caPem}`, key: keyPem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", async () => {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      centre.requests.push({ path: request.url ?? "", body });
      const { grantAllFor } = options;
      const scripted = centre.answers.length > 1 ? centre.answers.shift() : centre.answers[0];
      const answer = grantAllFor
        ? { status: 201, body: await centre.grant(body.csr, grantAllFor.source, grantAllFor.broker) }
        : scripted;
      response.writeHead(answer?.status ?? 500, { "content-type": "application/json" });
      response.end(typeof answer?.body === "string" ? answer.body : JSON.stringify(answer?.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  centre.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return centre;
}
