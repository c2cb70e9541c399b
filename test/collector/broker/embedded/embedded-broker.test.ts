import type { MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseTopic } from "../../../../protocol/messages/topics.ts";
import { type Credentials, counted, openBrokerFixture, topicOf } from "../../../support/broker-fixture.ts";
import { bytesOf } from "../../../support/hex.ts";

type Fixture = Awaited<ReturnType<typeof openBrokerFixture>>;
let fixture: Fixture;
let pc: Credentials;

beforeEach(async () => {
  fixture = await openBrokerFixture({ publishBurstMax: 20, publishesPerSecond: 100 });
  pc = await fixture.credentials("pc-1");
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
    await counted(fixture.broker, "received_up");

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

  test("that is behind with reading still has the newest acknowledgement at last", async () => {
    const client = await fixture.connect(pc);
    await client.subscribeAsync(topicOf("pc-1", "ack"), { qos: 0 });
    const seen: number[] = [];
    const done = new Promise<void>((resolve) =>
      client.on("message", (_topic, payload) => {
        seen.push(Number(payload.toString()));
        if (seen.at(-1) === 40) resolve();
      }),
    );
    // In one turn of the event loop, each more than the socket takes at once.
    for (let through = 1; through <= 40; through++) void fixture.broker.publish(ack(), String(through).padEnd(60_000));
    await done;

    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.length).toBeLessThan(40);
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

  test("has its PUBACKs in the order of its messages, whichever is taken first", async () => {
    const releases: (() => void)[] = [];
    fixture.whenTaking(() => new Promise((resolve) => releases.push(resolve)));
    const client = await fixture.connect(pc);
    const order: number[] = [];
    const published = [1, 2, 3].map((n) =>
      client.publishAsync(topicOf("pc-1", "up"), String(n), { qos: 1 }).then(() => order.push(n)),
    );
    await counted(fixture.broker, "received_up", 3);
    for (const release of releases.reverse()) release();
    await Promise.all(published);
    expect(order).toEqual([1, 2, 3]);
  });

  test("that sends faster than its rate is read more slowly, and loses nothing", async () => {
    const client = await fixture.connect(pc);
    const sent = Array.from({ length: 40 }, (_, n) => String(n));
    const start = performance.now();
    await Promise.all(sent.map((text) => client.publishAsync(topicOf("pc-1", "up"), text, { qos: 1 })));
    expect(fixture.publications.map(({ payload }) => payload.toString())).toEqual(sent);
    expect(performance.now() - start).toBeGreaterThan(180);
    expect(fixture.broker.stats()).toMatchObject({ throttled: expect.any(Number), sessions: 1 });
  });

  test("that vanishes has its will taken, once it is gone", async () => {
    const socket = await fixture.raw(pc);
    const [topic, will] = [topicOf("pc-1", "status"), Buffer.from("lost")];
    const connect = Buffer.concat([
      bytesOf("00 04 4D 51 54 54 04 2E 00 3C 00 04 70 63 2D 31"), // clean session; will of QoS 1, retained
      Buffer.from([0, topic.length]),
      Buffer.from(topic),
      Buffer.from([0, will.length]),
      will,
    ]);
    socket.write(Buffer.concat([Buffer.from([0x10, connect.length]), connect]));
    await new Promise((resolve) => socket.once("data", resolve));
    expect(fixture.publications).toEqual([]);
    socket.destroy();
    await counted(fixture.broker, "received_status");
    expect(fixture.publications.map(({ topic, payload }) => [topic, payload.toString()])).toEqual([
      [parseTopic(topic), "lost"],
    ]);
    expect(fixture.broker.stats()).toMatchObject({ connections: 0, sessions: 0 });
  });

  test("that connects again takes over from its old connection", async () => {
    const old = await fixture.connect(pc);
    const gone = closed(old);
    const present = await fixture.connect(pc);
    await gone;
    await present.subscribeAsync(topicOf("pc-1", "ack"));
    const received = new Promise((resolve) => present.once("message", (_t, p) => resolve(String(p))));
    await fixture.broker.publish(ack(), "7");
    expect(await received).toBe("7");
    expect(fixture.broker.stats()).toMatchObject({ sessions: 1 });
  });

  test("that unsubscribes is sent nothing more", async () => {
    const client = await fixture.connect(pc);
    await client.subscribeAsync([topicOf("pc-1", "ack"), topicOf("pc-1", "down")]);
    await client.unsubscribeAsync(topicOf("pc-1", "ack"));
    const received: string[] = [];
    client.on("message", (_topic, payload) => received.push(payload.toString()));
    await fixture.broker.publish(ack(), "7");
    await fixture.broker.publish({ ...ack(), channel: "down" }, "command");
    await client.publishAsync(topicOf("pc-1", "up"), "{}", { qos: 1 });
    expect(received).toEqual(["command"]);
  });
});

describe("a restart of the broker", () => {
  test("fires no wills: it is the centre that goes, not the sources", async () => {
    const will = { topic: topicOf("pc-1", "status"), payload: Buffer.from("lost"), qos: 1, retain: true } as const;
    const client = await fixture.connect(pc, { will });
    const gone = closed(client);
    await fixture.restart();
    await gone;
    expect(fixture.publications).toEqual([]);
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "lets %s sessions be resumed, and still asks who it is",
    async (version) => {
      const options = { minVersion: version, maxVersion: version };
      const first = await fixture.raw(pc, options);
      const session = first.getSession();
      const ticket = version === "TLSv1.2" ? session : await new Promise<Buffer>((done) => first.once("session", done));
      await fixture.restart();
      const resumed = await fixture.connect(pc, { ...options, session: ticket } as object);
      expect((resumed.stream as typeof first).isSessionReused()).toBe(true);
      await resumed.publishAsync(topicOf("pc-1", "up"), "{}", { qos: 1 });

      fixture.revoked.add(pc.serial);
      await expect(fixture.connect(pc, { ...options, session: ticket } as object)).rejects.toThrow();
    },
  );
});

test("nobody is let in before the centre takes messages", async () => {
  const early = await openBrokerFixture({}, { takes: false });
  const who = await early.credentials("pc-1");
  await expect(early.connect(who)).rejects.toThrow(/unavailable/i);
  await early.close();
});
