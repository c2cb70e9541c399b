/** The server of the measurement in a process of its own: the embedded broker, or nothing but TLS. */
import { createServer } from "node:tls";
import { openEmbeddedBroker } from "../../../collector/broker/embedded/embedded-broker.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { parseTopic } from "../../../protocol/messages/topics.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { SITE } from "../intake/load-client.ts";

export interface ServerOrder {
  kind: "broker" | "bare";
  port: number;
  ca: string;
  certificatePem: string;
  keyPem: string;
  /** Base64. */
  ticketKeys: string;
  connectionsMax: number;
}

export interface ServerFigures {
  rssBytes: number;
  heapBytes: number;
  externalBytes: number;
  stats: Record<string, number>;
}

export type ServerMessage =
  | { type: "listening"; port: number }
  | { type: "figures"; figures: ServerFigures }
  | { type: "stats"; stats: Record<string, number> };
export type ServerQuestion =
  | { ask: "figures" }
  | { ask: "stats" }
  | { ask: "flood-acks"; topic: string; bytes: number; times: number };

type Stats = () => Record<string, number>;

async function openBroker(order: ServerOrder): Promise<{ port: number; stats: Stats; flood: Flood }> {
  const broker = await openEmbeddedBroker({
    host: "127.0.0.1",
    port: order.port,
    caPem: order.ca,
    certificate: order,
    ticketKeys: Buffer.from(order.ticketKeys, "base64"),
    identify: async ({ commonName }) => ({ ok: true, source: commonName, site: SITE }),
    limits: { connectionsMax: order.connectionsMax },
    clock: SYSTEM_CLOCK,
    log: SILENT_LOG,
  });
  broker.onPublication(async () => {});
  return {
    port: broker.port,
    stats: () => broker.stats(),
    async flood(text, bytes, times) {
      const topic = parseTopic(text);
      const payload = "x".repeat(bytes);
      for (let n = 0; topic && n < times; n++) {
        await broker.publish(topic, payload);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

type Flood = (topic: string, bytes: number, times: number) => Promise<void>;

function openBare({ ca, certificatePem, keyPem, ticketKeys, port }: ServerOrder): Promise<{
  port: number;
  stats: Stats;
  flood: Flood;
}> {
  const keys = Buffer.from(ticketKeys, "base64");
  let connections = 0;
  const server = createServer(
    { ca, cert: certificatePem, key: keyPem, ticketKeys: keys, requestCert: true, rejectUnauthorized: true },
    (socket) => {
      connections++;
      socket.resume();
      socket.on("error", () => {});
      socket.on("close", () => connections--);
    },
  );
  return new Promise((resolve) => {
    server.listen({ host: "127.0.0.1", port, backlog: 4096 }, () => {
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("no port");
      resolve({ port: address.port, stats: () => ({ connections }), flood: async () => {} });
    });
  });
}

function send(message: ServerMessage): void {
  process.send?.(message);
}

process.once("message", async (order: ServerOrder) => {
  const server = order.kind === "broker" ? await openBroker(order) : await openBare(order);
  process.on("message", (question: ServerQuestion) => {
    if (question.ask === "flood-acks") {
      void server.flood(question.topic, question.bytes, question.times);
      return;
    }
    if (question.ask === "stats") return send({ type: "stats", stats: server.stats() });
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    send({
      type: "figures",
      figures: { rssBytes: rss, heapBytes: heapUsed, externalBytes: external, stats: server.stats() },
    });
  });
  send({ type: "listening", port: server.port });
});
process.on("disconnect", () => process.exit());
