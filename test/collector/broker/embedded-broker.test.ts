import { connect as tcpConnect } from "node:net";
import { connect as tlsConnect } from "node:tls";
import type { MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseTopic } from "../../../protocol/messages/topics.ts";
import { type Credentials, counted, openBrokerFixture, SITE, topicOf } from "../../support/broker-fixture.ts";
import { opensslRequest } from "../../support/openssl.ts";

type Fixture = Awaited<ReturnType<typeof openBrokerFixture>>;
let fixture: Fixture;
let pc: Credentials;
let other: Credentials;

beforeEach(async () => {
  fixture = await openBrokerFixture({ publishBurstMax: 20, publishesPerSecond: 1, packetBytesMax: 4096 });
  pc = await fixture.credentials("pc-1");
  other = await fixture.credentials("pc-2");
});
afterEach(() => fixture.close());

const ack = () => parseTopic(topicOf("pc-1", "ack")) ?? expect.fail();
const closed = (client: MqttClient) => new Promise<void>((resolve) => client.once("close", () => resolve()));

describe("a source", () => {
  test("publishes to its own topics, and the centre learns who and from where", async () => {
    const client = await fixture.connect(pc);
    await client.publishAsync(topicOf("pc-1", "up"), "{}", { qos: 1 });

    expect(fixture.publications.map(({ topic, payload, address }) => [topic, payload.toString(), address])).toEqual([
      [parseTopic(topicOf("pc-1", "up")), "{}", "127.0.0.1"],
    ]);
  });

  test("has its PUBACK only once the centre has taken the message", async () => {
    let taken = () => {};
    fixture.whenTaking(() => new Promise((resolve) => (taken = resolve)));
    const client = await fixture.connect(pc);
    let acknowledged = false;
    const published = client.publishAsync(topicOf("pc-1", "up"), "{}", { qos: 1 }).then(() => (acknowledged = true));
    await counted(fixture.broker, "publications");

    expect(acknowledged).toBe(false);
    taken();
    await published;
    expect(acknowledged).toBe(true);
  });

  test("reads its acknowledgements, in order, the newest at last", async () => {
    const client = await fixture.connect(pc);
    await client.subscribeAsync(topicOf("pc-1", "ack"), { qos: 0 });
    const seen: string[] = [];
    const done = new Promise<void>((resolve) =>
      client.on("message", (_topic, payload) => {
        seen.push(payload.toString());
        if (payload.toString() === "100") resolve();
      }),
    );
    for (let through = 1; through <= 100; through++) await fixture.broker.publish(ack(), String(through));
    await done;

    expect(seen.map(Number)).toEqual([...seen.map(Number)].sort((a, b) => a - b));
  });

  test("may have a second connection under a client id of its own, and both read", async () => {
    const readers = [await fixture.connect(pc), await fixture.connect(pc, { clientId: "pc-1/tool" })];
    const received = readers.map(
      (client) => new Promise((resolve) => client.once("message", (_t, p) => resolve(String(p)))),
    );
    for (const client of readers) await client.subscribeAsync(topicOf("pc-1", "ack"));
    await fixture.broker.publish(ack(), "7");

    expect(await Promise.all(received)).toEqual(["7", "7"]);
  });

  test("that is cut off by the centre loses its connections", async () => {
    const client = await fixture.connect(pc);
    const gone = closed(client);
    await fixture.broker.disconnect("pc-1");
    await gone;
    expect(fixture.broker.stats()).toMatchObject({ sessions: 0 });
  });
});

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

  test("a flood beyond the rate", async () => {
    const client = await fixture.connect(pc);
    const gone = closed(client);
    for (let message = 0; message < 40; message++) client.publish(topicOf("pc-1", "up"), "{}", { qos: 1 });
    await gone;
    await counted(fixture.broker, "refused_publish_rate");
  });

  test("a packet of 1 MB", async () => {
    const client = await fixture.connect(pc);
    const gone = closed(client);
    client.publish(topicOf("pc-1", "up"), Buffer.alloc(1_000_000), { qos: 1 });
    await gone;
    await counted(fixture.broker, "refused_packet_too_large");
  });

  test("40 MB declared before CONNECT: closed at its header, nothing gathered", async () => {
    const socket = tlsConnect({
      host: "127.0.0.1",
      port: fixture.broker.port,
      ca: fixture.authority.caPem,
      cert: pc.certificatePem,
      key: pc.keyPem,
    });
    socket.on("error", () => {});
    await new Promise<void>((resolve) => socket.once("secureConnect", () => resolve()));
    const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.write(Buffer.from([0x10, 0x80, 0xda, 0xc4, 0x13])); // 40,000,000 as a remaining length
    await gone;
    await counted(fixture.broker, "refused_packet_too_large");
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

test("a certificate request of another curve, or signed by another key, is refused", async () => {
  const { csrPem } = opensslRequest("pc-9", "secp384r1");
  await expect(fixture.authority.issueClient(csrPem, "pc-9", SITE, 1)).rejects.toMatchObject({ code: "bad-request" });
  await expect(fixture.authority.issueClient("nonsense", "pc-9", SITE, 1)).rejects.toMatchObject({
    code: "bad-request",
  });
});
