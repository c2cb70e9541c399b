import { connect as tcpConnect } from "node:net";
import type { MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addressOf } from "../../../../protocol/messages/topics.ts";
import { type Credentials, counted, openBrokerFixture, SITE, topicOf } from "../../../support/broker-fixture.ts";
import { bytesOf } from "../../../support/hex.ts";

type Fixture = Awaited<ReturnType<typeof openBrokerFixture>>;
let fixture: Fixture;
let pc: Credentials;
let other: Credentials;

beforeEach(async () => {
  fixture = await openBrokerFixture({ connectTimeoutMs: 300, drainTimeoutMs: 300, connectionsPerAddressMax: 20 });
  pc = await fixture.credentials("pc-1");
  other = await fixture.credentials("pc-2");
});
afterEach(() => fixture.close());

interface Closable {
  once(event: "close", listener: () => void): unknown;
}
const closed = (connection: Closable) => new Promise<void>((resolve) => connection.once("close", () => resolve()));

/** CONNECT of MQTT 3.1.1 (section 3.1): clean session, keep-alive 60 s, client id `pc-1`. */
const CONNECT_PC_1 = bytesOf("10 10 00 04 4D 51 54 54 04 02 00 3C 00 04 70 63 2D 31");

describe("refused, counted, and without harm to others:", () => {
  let witness: MqttClient;
  beforeEach(async () => {
    witness = await fixture.connect(other);
  });
  afterEach(async () => {
    await witness.publishAsync(topicOf("pc-2", "up"), "still here", { qos: 1 });
    expect(fixture.publications.at(-1)?.payload.toString()).toBe("still here");
  });

  test.each([
    ["another source's topic", topicOf("pc-2", "up"), {}, "refused_topic_of_another"],
    ["another site's topic", topicOf("pc-1", "up").replace(SITE, "town"), {}, "refused_topic_of_another"],
    ["its own ack", topicOf("pc-1", "ack"), {}, "refused_channel_not_allowed"],
    ["a topic outside the contract", "$SYS/x", {}, "refused_topic_unknown"],
    ["a retained batch", topicOf("pc-1", "up"), { retain: true }, "refused_retain_not_allowed"],
    ["quality of service 2", topicOf("pc-1", "up"), { qos: 2 }, "refused_qos_not_allowed"],
  ] as const)("a publish to %s", async (_what, topic, options, counter) => {
    const client = await fixture.connect(pc);
    const gone = closed(client);
    client.publish(topic, "{}", { qos: 1, ...options });
    await gone;
    await counted(fixture.broker, counter);
    expect(fixture.publications).toEqual([]);
  });

  test.each([
    ["another source's acknowledgements", topicOf("pc-2", "ack")],
    ["everybody's batches", "dianmao/v1/+/+/+/up"],
    ["everything", "#"],
    ["its own batches", topicOf("pc-1", "up")],
  ])("a subscription to %s", async (_what, topic) => {
    const client = await fixture.connect(pc);
    const granted = await client.subscribeAsync(topic, { qos: 0 }).catch((error: Error) => error);
    expect(granted instanceof Error || granted[0]?.qos === 128).toBe(true);
  });

  test.each([
    ["a persistent session", { clean: false }, "refused_clean_session_required"],
    ["another's client id", { clientId: "pc-2" }, "refused_client_id_not_own"],
    ["no keep-alive", { keepalive: 0 }, "refused_keepalive_out_of_range"],
    [
      "a will for another",
      { will: { topic: topicOf("pc-2", "status"), payload: "{}", qos: 1, retain: true } },
      "refused_will_not_allowed",
    ],
    [
      "a will that is a batch",
      { will: { topic: topicOf("pc-1", "up"), payload: "{}", qos: 1, retain: false } },
      "refused_will_not_allowed",
    ],
  ] as const)("a CONNECT with %s", async (_what, options, counter) => {
    await expect(fixture.connect(pc, options as object)).rejects.toThrow();
    await counted(fixture.broker, counter);
  });

  test("a revoked certificate", async () => {
    fixture.revoked.add(pc.serial);
    await expect(fixture.connect(pc)).rejects.toThrow();
    await counted(fixture.broker, "refused_certificate_revoked");
  });

  test("a certificate of another authority, and none", async () => {
    const stranger = await openBrokerFixture();
    const forged = await stranger.credentials("pc-1");
    await expect(fixture.connect(forged)).rejects.toThrow();
    await expect(fixture.connect(pc, { cert: undefined, key: undefined } as object)).rejects.toThrow();
    await stranger.close();
    await counted(fixture.broker, "tls_errors", 2);
  });

  test("a packet of 1 MB", async () => {
    const client = await fixture.connect(pc);
    const gone = closed(client);
    client.publish(topicOf("pc-1", "up"), Buffer.alloc(1_000_000), { qos: 1 });
    await gone;
    await counted(fixture.broker, "refused_packet_too_large");
    expect(fixture.publications).toEqual([]);
  });

  test("40 MB before CONNECT: closed at its header", async () => {
    const socket = await fixture.raw(pc);
    const gone = closed(socket);
    socket.write(bytesOf("10 80 DA C4 13"));
    socket.write(Buffer.alloc(40_000_000));
    await gone;
    await counted(fixture.broker, "refused_packet_too_large");
  });

  test("no CONNECT at all, and one that never ends", async () => {
    const [silent, slow] = [await fixture.raw(pc), await fixture.raw(pc)];
    const gone = Promise.all([closed(silent), closed(slow)]);
    slow.write(CONNECT_PC_1.subarray(0, 10));
    await gone;
    await counted(fixture.broker, "connection_errors", 2);
  });

  test("another packet before CONNECT", async () => {
    const socket = await fixture.raw(pc);
    const gone = closed(socket);
    socket.write(bytesOf("C0 00"));
    await gone;
    await counted(fixture.broker, "refused_connect_expected");
  });

  test("a second CONNECT", async () => {
    const socket = await fixture.raw(pc);
    const gone = closed(socket);
    socket.write(Buffer.concat([CONNECT_PC_1, CONNECT_PC_1]));
    await gone;
  });

  test("a thousand subscriptions: none granted, and no memory of them", async () => {
    const client = await fixture.connect(pc);
    const asked = Array.from({ length: 1000 }, (_, n) => `a/${n}`);
    const gone = closed(client);
    for (let at = 0; at < asked.length; at += 50) client.subscribe(asked.slice(at, at + 50));
    await counted(fixture.broker, "refused_topic_unknown", 1000);
    client.end(true);
    await gone;
  });

  test("one SUBSCRIBE with a thousand topics", async () => {
    const client = await fixture.connect(pc);
    const gone = closed(client);
    client.subscribe(Array.from({ length: 1000 }, (_, n) => `a/${n}`));
    await gone;
    await counted(fixture.broker, "refused_packet_too_large");
  });

  test("a flood of PINGREQ", async () => {
    const socket = await fixture.raw(pc);
    const gone = closed(socket);
    socket.write(Buffer.concat([CONNECT_PC_1, Buffer.alloc(2000, bytesOf("C0 00"))]));
    await gone;
    await counted(fixture.broker, "refused_control_rate");
  });

  test("a subscriber that never reads is cut off", async () => {
    const socket = await fixture.raw(pc);
    const gone = closed(socket);
    const topic = topicOf("pc-1", "ack");
    const subscribe = [0x82, topic.length + 5, 0, 1, 0, topic.length, ...Buffer.from(topic), 0];
    socket.write(Buffer.concat([CONNECT_PC_1, Buffer.from(subscribe)]));
    socket.pause();
    const ack = { ...addressOf(SITE, "pc-1"), channel: "ack" } as const;
    const big = "x".repeat(60_000);
    const publishing = setInterval(() => void fixture.broker.publish(ack, big), 1);
    await counted(fixture.broker, "cut_off_slow");
    clearInterval(publishing);
    socket.resume();
    await gone;
  });

  test("more connections than one source may have", async () => {
    for (let n = 0; n < 4; n++) await fixture.connect(pc, { clientId: `pc-1/${n}` });
    await expect(fixture.connect(pc, { clientId: "pc-1/5" })).rejects.toThrow();
    await counted(fixture.broker, "refused_too_many_sessions");
  });

  test("more connections than one address may have", async () => {
    const callers = Array.from({ length: 30 }, () => tcpConnect({ host: "127.0.0.1", port: fixture.broker.port }));
    const gone = callers.map(closed);
    for (const caller of callers) caller.on("error", () => {});
    await counted(fixture.broker, "refused_connection_limit", 11);
    for (const caller of callers) caller.destroy();
    await Promise.all(gone);
  });

  test("MQTT 5", async () => {
    await expect(fixture.connect(pc, { protocolVersion: 5 })).rejects.toThrow(/protocol version/);
  });

  test("a plain socket that speaks no TLS", async () => {
    const socket = tcpConnect({ host: "127.0.0.1", port: fixture.broker.port });
    const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => {});
    socket.write("GET / HTTP/1.0\r\n\r\n");
    await gone;
    await counted(fixture.broker, "tls_errors");
  });
});
