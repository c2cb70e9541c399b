/** An embedded broker on a free port with its own authority and two sources, for tests of what clients may do. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from "node:tls";
import mqtt from "mqtt";
import { openEmbeddedBroker } from "../../collector/broker/embedded/embedded-broker.ts";
import type { BrokerLimits } from "../../collector/broker/embedded/limits.ts";
import { openAuthority } from "../../collector/broker/pki/authority.ts";
import { openServerCertificate, serverNames } from "../../collector/broker/pki/server-certificate.ts";
import { openTicketKeys } from "../../collector/broker/pki/ticket-keys.ts";
import type { Publication } from "../../collector/broker/port.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import { addressOf, type Channel, formatTopic } from "../../protocol/messages/topics.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { opensslRequest } from "./openssl.ts";

export const SITE = "hall";

export interface Credentials {
  source: string;
  serial: string;
  certificatePem: string;
  keyPem: string;
  files: { ca: string; certificate: string; key: string };
}

export async function openBrokerFixture(limits: Partial<BrokerLimits> = {}, { takes = true } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "dianmao-broker-"));
  const clock = SYSTEM_CLOCK;
  const authority = await openAuthority({ folder, name: "Dianmao test", clock });
  const certificate = await openServerCertificate(folder, authority, serverNames(), clock);
  const revoked = new Set<string>();
  const publications: Publication[] = [];
  const state = { take: async (_publication: Publication): Promise<void> => {} };
  const ticketKeys = await openTicketKeys(folder, clock);
  const open = (port: number) =>
    openEmbeddedBroker({
      host: "127.0.0.1",
      port,
      caPem: authority.caPem,
      certificate,
      ticketKeys,
      identify: async ({ commonName, serial }) =>
        revoked.has(serial) ? { ok: false, code: "certificate-revoked" } : { ok: true, source: commonName, site: SITE },
      limits,
      clock,
      log: SILENT_LOG,
    });
  const take = async (publication: Publication) => {
    publications.push(publication);
    await state.take(publication);
  };
  let broker = await open(0);
  if (takes) broker.onPublication(take);
  const ca = join(folder, "ca.pem");
  const clients: mqtt.MqttClient[] = [];

  async function credentials(source: string): Promise<Credentials> {
    const { keyPem, csrPem } = opensslRequest(source);
    const issued = await authority.issueClient(csrPem, source, SITE, 1);
    const files = { ca, certificate: join(folder, `${source}.pem`), key: join(folder, `${source}.key`) };
    await writeFile(files.certificate, issued.pem);
    await writeFile(files.key, keyPem);
    return { source, serial: issued.serial, certificatePem: issued.pem, keyPem, files };
  }

  return {
    get broker() {
      return broker;
    },
    authority,
    publications,
    revoked,
    credentials,
    /** Stops the broker and opens it again on the same port, as a restart of the centre does. */
    async restart() {
      const { port } = broker;
      await broker.close();
      broker = await open(port);
      broker.onPublication(take);
    },
    /** A bare TLS connection, for what no MQTT library would send. */
    async raw(who: Credentials, options: ConnectionOptions = {}): Promise<TLSSocket> {
      const { port } = broker;
      const { certificatePem: cert, keyPem: key } = who;
      const socket = tlsConnect({ host: "127.0.0.1", port, ca: authority.caPem, cert, key, ...options });
      socket.on("error", () => {});
      await new Promise<void>((resolve, reject) => {
        socket.once("secureConnect", () => resolve());
        socket.once("error", reject);
      });
      socket.resume();
      return socket;
    },
    /** Replaces what happens before PUBACK. */
    whenTaking(take: (publication: Publication) => Promise<void>) {
      state.take = take;
    },
    /** Connects, and rejects when the broker refuses. */
    async connect(who: Credentials, options: Partial<mqtt.IClientOptions> = {}): Promise<mqtt.MqttClient> {
      const client = mqtt.connect({
        protocol: "mqtts",
        host: "127.0.0.1",
        port: broker.port,
        ca: authority.caPem,
        cert: who.certificatePem,
        key: who.keyPem,
        clientId: who.source,
        protocolVersion: 4,
        reconnectPeriod: 0,
        ...options,
      });
      clients.push(client);
      client.on("error", () => {});
      await new Promise<void>((resolve, reject) => {
        client.once("connect", () => resolve());
        client.once("error", reject);
        client.once("close", () => reject(new Error("closed")));
      });
      return client;
    },
    async close() {
      for (const client of clients) client.end(true);
      await broker.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What mosquitto_pub and mosquitto_sub need to come in as a source. */
export function clientArguments({ source, files }: Credentials, port: number, suffix = ""): string[] {
  const { ca, certificate, key } = files;
  const tls = ["--cafile", ca, "--cert", certificate, "--key", key];
  return ["-h", "localhost", "-p", String(port), ...tls, "-i", `${source}${suffix}`];
}

export function topicOf(source: string, channel: Channel): string {
  return formatTopic(addressOf(SITE, source), channel);
}

/** Resolves to what the broker's counters show once `name` is at least `count`. */
export async function counted(broker: { stats(): Record<string, number> }, name: string, count = 1): Promise<number> {
  for (let tries = 0; tries < 500; tries++) {
    const value = broker.stats()[name] ?? 0;
    if (value >= count) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${name} did not reach ${count}: ${JSON.stringify(broker.stats())}`);
}
