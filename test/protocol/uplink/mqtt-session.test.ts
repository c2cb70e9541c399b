import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openAuthority } from "../../../collector/broker/pki/authority.ts";
import type { AppError } from "../../../protocol/errors.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { addressOf, formatTopic } from "../../../protocol/messages/topics.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import type { Clock } from "../../../protocol/time.ts";
import { type MqttCredentials, MqttSession, PUBACK_TIMEOUT_MS } from "../../../protocol/uplink/mqtt-session.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { opensslRequest } from "../../support/openssl.ts";
import { openPlainBroker } from "../../support/plain-broker.ts";
import { temporaryFolder } from "../../support/test-store.ts";
import { until } from "../../support/until.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const PLAIN = { source: "pc-1", site: "hall", certificate: "", ca: "", keyPem: "" };

interface World {
  session: MqttSession;
  troubles: string[];
  addresses: string[];
  messages: string[];
  connected: number;
}

function start(credentials: MqttCredentials, clock: Clock = SYSTEM_CLOCK): World {
  const world: World = {
    troubles: [],
    addresses: [],
    messages: [],
    connected: 0,
    session: new MqttSession({
      credentials: () => credentials,
      clock,
      random: seededRandom(1),
      log: SILENT_LOG,
      firstDelayMs: 0,
      onConnected: () => world.connected++,
      onDisconnected: ({ code }: AppError) => world.troubles.push(code),
      onMessage: (channel, payload) => world.messages.push(`${channel} ${payload}`),
      onLocalAddress: (address) => world.addresses.push(address),
    }),
  };
  world.session.start();
  onTestFinished(() => world.session.stop("unknown"));
  return world;
}

async function connectedPlain() {
  const broker = await openPlainBroker();
  const world = start({ ...PLAIN, broker: broker.url });
  await until("a connection", () => world.connected > 0);
  return { broker, world };
}

const ack = formatTopic(addressOf("hall", "pc-1"), "ack");

describe("a session", () => {
  test("is clean, reads its ack and down, and says online, retained, before it counts as connected", async () => {
    const { broker, world } = await connectedPlain();
    expect(broker.connects).toEqual([{ clientId: "pc-1", clean: true, keepalive: 300, resumed: false }]);
    expect(broker.subscriptions).toEqual([
      { topic: ack, qos: 0 },
      { topic: ack.replace(/ack$/, "down"), qos: 1 },
    ]);
    expect(broker.told).toEqual([
      {
        channel: "status",
        qos: 1,
        retain: true,
        payload: { v: 1, state: "online", session: expect.stringMatching(/^[0-9a-f]{16}$/), at: expect.any(String) },
      },
    ]);
    expect([world.addresses, world.session.localAddress]).toEqual([["127.0.0.1"], "127.0.0.1"]);
  });

  test("hands on what comes for it", async () => {
    const { broker, world } = await connectedPlain();
    await broker.publish(ack, "one");
    await until("a message", () => world.messages.length > 0);
    expect(world.messages).toEqual(["ack one"]);
  });

  test("that is cut leaves `lost` with its own id, and is followed by one with another", async () => {
    const { broker, world } = await connectedPlain();
    broker.cut();
    await until("the next connection", () => world.connected === 2);
    const [first, lost, second] = broker.told.map(({ payload }) => payload);
    expect([first?.state, lost?.state, second?.state]).toEqual(["online", "lost", "online"]);
    expect(lost?.session).toBe(first?.session);
    expect(second?.session).not.toBe(first?.session);
    expect(world.troubles).toEqual(["broker-unreachable"]);
  });

  test("that is stopped says so with the cause, and leaves no will", async () => {
    const { broker, world } = await connectedPlain();
    await world.session.stop("os-shutdown");
    expect(broker.told.at(-1)).toMatchObject({ retain: true, payload: { state: "stopping", cause: "os-shutdown" } });
    await expect(world.session.publish("up", "{}")).rejects.toMatchObject({ code: "not-connected" });
    expect(broker.told.map(({ payload }) => payload.state)).toEqual(["online", "stopping"]);
  });

  test("takes nothing while there is no connection, and brings nothing later", async () => {
    const { broker, world } = await connectedPlain();
    broker.cut();
    await until("the cut", () => world.troubles.length > 0);
    await expect(world.session.publish("up", "{}")).rejects.toMatchObject({ code: "not-connected" });
    await until("the next connection", () => world.connected === 2);
    expect(broker.told.filter(({ channel }) => channel === "up")).toEqual([]);
  });

  test("that is refused tells so and tries again", async () => {
    const broker = await openPlainBroker();
    broker.refuseWith = 5;
    const world = start({ ...PLAIN, broker: broker.url });
    await until("a refusal", () => world.troubles.length > 0);
    broker.refuseWith = undefined;
    await until("a connection", () => world.connected > 0);
    expect(new Set(world.troubles)).toEqual(new Set(["broker-refused"]));
  });

  test("whose broker owes a PUBACK for two minutes is dropped", async () => {
    const broker = await openPlainBroker();
    const clock = new VirtualClock();
    const world = start({ ...PLAIN, broker: broker.url }, clock);
    await clock.advance(0);
    await until("a connection", () => world.connected > 0);
    broker.isSilent = true;
    const publishing = world.session.publish("up", "{}").catch(() => "failed");
    await clock.advance(PUBACK_TIMEOUT_MS - 1);
    expect(world.troubles).toEqual([]);
    await clock.advance(1);
    await until("the drop", () => world.troubles.length > 0);
    expect(await publishing).toBe("failed");
  });

  test("survives a broker's address that is none: it is told, and tried again", async () => {
    const credentials = { ...PLAIN, broker: "mqtt://10.0.0.7" };
    const broker = await openPlainBroker();
    const world = start(credentials);
    await until("trouble", () => world.troubles.length > 0);
    credentials.broker = broker.url;
    await until("a connection", () => world.connected > 0);
    expect(new Set(world.troubles)).toEqual(new Set(["broker-not-encrypted"]));
  });
});

describe("over TLS", () => {
  async function pki() {
    const folder = join(await temporaryFolder(), "pki");
    return openAuthority({ folder, name: "Dianmao test", clock: SYSTEM_CLOCK });
  }

  async function tlsWorld({ names = ["127.0.0.1"], trust = undefined as string | undefined } = {}) {
    const authority = await pki();
    const { pem: cert, keyPem: key } = await authority.issueServer(names, 1);
    const ca = authority.caPem;
    const broker = await openPlainBroker({ cert, key, ca, requestCert: true, rejectUnauthorized: true });
    const { keyPem, csrPem } = opensslRequest("pc-1");
    const credentials = async (by = authority): Promise<MqttCredentials> => {
      const { pem: certificate } = await by.issueClient(csrPem, "pc-1", "hall", 1);
      return { ...PLAIN, certificate, keyPem, ca: trust ?? ca, broker: broker.url };
    };
    return { broker, credentials };
  }

  test("the next connection resumes the TLS session; one with a new certificate does not", async () => {
    const { broker, credentials } = await tlsWorld();
    const world = start(await credentials());
    await until("a connection", () => world.connected === 1);
    broker.cut();
    await until("the second connection", () => world.connected === 2);
    world.session.renew();
    await until("the third connection", () => world.connected === 3);
    expect(broker.connects.map(({ resumed }) => resumed)).toEqual([false, true, false]);
  });

  test("a broker of another authority, or with another name, is not trusted", async () => {
    const other = await pki();
    for (const options of [{ trust: other.caPem }, { names: ["elsewhere.example"] }]) {
      const { broker, credentials } = await tlsWorld(options);
      const world = start(await credentials());
      await until("trouble", () => world.troubles.length > 0);
      expect([world.troubles[0], broker.connects]).toEqual(["broker-untrusted", []]);
      await world.session.stop("unknown");
    }
  });

  test("a broker that does not take the certificate counts as one that refuses", async () => {
    const { credentials } = await tlsWorld();
    const world = start(await credentials(await pki()));
    await until("trouble", () => world.troubles.length > 0);
    expect(world.troubles[0]).toBe("broker-refused");
  });
});
