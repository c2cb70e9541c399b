/** The least centre that real sources can enrol at and report to: the real authority and broker, and an API with one route. */
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbeddedBroker } from "../../../collector/broker/embedded/embedded-broker.ts";
import { openAuthority } from "../../../collector/broker/pki/authority.ts";
import { openServerCertificate, serverNames } from "../../../collector/broker/pki/server-certificate.ts";
import { openTicketKeys } from "../../../collector/broker/pki/ticket-keys.ts";
import type { Publication } from "../../../collector/broker/port.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { type EnrolmentRequest, enrolmentRequest } from "../../../protocol/messages/enrolment.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";

const SITE = "hall";
export const TOKEN = "site-token";

export async function openSmallCentre() {
  const folder = await mkdtemp(join(tmpdir(), "dianmao-centre-"));
  const clock = SYSTEM_CLOCK;
  const authority = await openAuthority({ folder, name: "Dianmao test", clock });
  const certificate = await openServerCertificate(folder, authority, serverNames(), clock);
  const broker = await openEmbeddedBroker({
    host: "127.0.0.1",
    port: 0,
    caPem: authority.caPem,
    certificate,
    ticketKeys: await openTicketKeys(folder, clock),
    identify: async ({ commonName }) => ({ ok: true, source: commonName, site: SITE }),
    limits: {},
    clock,
    log: SILENT_LOG,
  });
  const publications: Publication[] = [];
  const enrolments: EnrolmentRequest[] = [];
  const committed = new Map<string, number>();
  broker.onPublication(async (publication) => {
    publications.push(publication);
    const { channel, source } = publication.topic;
    if (channel === "status") return;
    const { epoch, first, records } = JSON.parse(publication.payload.toString());
    const key = `${source} ${epoch}`;
    if (channel === "up") committed.set(key, Math.max(committed.get(key) ?? 0, first + records.length - 1));
    const ack = { v: 1, db: "test", epoch, through: committed.get(key) ?? 0 };
    await broker.publish({ ...publication.topic, channel: "ack" }, JSON.stringify(ack));
  });
  const api = createServer({ cert: certificate.certificatePem, key: certificate.keyPem }, async (request, response) => {
    const body = enrolmentRequest.parse(JSON.parse(await readAll(request)));
    enrolments.push(body);
    response.setHeader("content-type", "application/json");
    if (body.token !== TOKEN) {
      response.writeHead(403).end(JSON.stringify({ code: "token-refused" }));
      return;
    }
    const source = body.wanted ?? "pc";
    const issued = await authority.issueClient(body.csr, source, SITE, 1);
    const granted = { state: "granted", source, site: SITE, certificate: issued.pem, ca: authority.caPem };
    const expiresAt = new Date(clock.now() + 86_400_000).toISOString();
    response.writeHead(201).end(JSON.stringify({ ...granted, broker: `mqtts://127.0.0.1:${broker.port}`, expiresAt }));
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${(api.address() as AddressInfo).port}`,
    caFile: join(folder, "ca.pem"),
    folder,
    enrolments,
    /** The payloads of one channel, with the source that sent them. */
    received(channel: string): { source: string; message: Record<string, unknown> }[] {
      return publications
        .filter(({ topic }) => topic.channel === channel)
        .map(({ topic, payload }) => ({ source: topic.source, message: JSON.parse(payload.toString()) }));
    },
    async close() {
      api.closeAllConnections();
      await new Promise<void>((resolve) => api.close(() => resolve()));
      await broker.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
