import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import mqtt from "mqtt";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type ExternalBroker, openExternalBroker } from "../../../../collector/broker/external/external-broker.ts";
import { INFLIGHT_MESSAGES_MAX, writeMosquittoConfig } from "../../../../collector/broker/external/mosquitto-config.ts";
import { type Authority, openAuthority } from "../../../../collector/broker/pki/authority.ts";
import { openCentreCertificate } from "../../../../collector/broker/pki/centre-certificate.ts";
import { serverNames } from "../../../../collector/broker/pki/server-certificate.ts";
import type { Publication } from "../../../../collector/broker/port.ts";
import { SILENT_LOG } from "../../../../protocol/log.ts";
import { parseTopic } from "../../../../protocol/messages/topics.ts";
import { SYSTEM_CLOCK } from "../../../../protocol/uplink/system-clock.ts";
import { SITE, topicOf } from "../../../support/broker-fixture.ts";
import { freePort } from "../../../support/free-port.ts";
import { startMosquitto } from "../../../support/mosquitto.ts";
import { opensslRequest } from "../../../support/openssl.ts";
import { areInstalled, type RunningProgram } from "../../../support/programs.ts";
import { temporaryFolder } from "../../../support/test-store.ts";

const clock = SYSTEM_CLOCK;
describe.runIf(areInstalled("mosquitto"))("Mosquitto by the generated configuration", () => {
  let folder: string;
  let authority: Authority;
  let port: number;
  let config: string;
  let mosquitto: RunningProgram;
  let centre: ExternalBroker;
  let publications: Publication[];
  let take: (publication: Publication) => Promise<void>;

  beforeEach(async () => {
    folder = await temporaryFolder();
    authority = await openAuthority({ folder, name: "Dianmao test", clock });
    port = await freePort();
    config = await configure([]);
    mosquitto = await startMosquitto(config, port);
    publications = [];
    take = async () => {};
    centre = openExternalBroker({
      url: `mqtts://localhost:${port}`,
      caPem: authority.caPem,
      own: await openCentreCertificate(folder, authority, clock),
      clock,
      random: () => 0,
      log: SILENT_LOG,
    });
    centre.onPublication(async (publication) => {
      publications.push(publication);
      await take(publication);
    });
    await centre.ready;
  });

  afterEach(async () => {
    await centre.close();
    await mosquitto.kill();
  });

  async function configure(revoked: readonly string[]): Promise<string> {
    const entries = revoked.map((serial) => ({ serial, revokedAt: clock.now() }));
    const revocationList = await authority.issueRevocationList(entries, 1);
    const deps = { authority, names: serverNames(), revocationList, clock };
    return writeMosquittoConfig(join(folder, "mosquitto"), { host: "127.0.0.1", port, sites: [SITE] }, deps);
  }

  async function certificateOf(source: string) {
    const { csrPem, keyPem } = opensslRequest(source);
    return { keyPem, ...(await authority.issueClient(csrPem, source, SITE, 1)) };
  }

  async function connect(who: { pem: string; keyPem: string }, options: mqtt.IClientOptions = {}) {
    const credentials = { ca: authority.caPem, cert: who.pem, key: who.keyPem };
    const client = mqtt.connect(`mqtts://localhost:${port}`, {
      ...credentials,
      protocolVersion: 4,
      reconnectPeriod: 0,
      ...options,
    });
    onTestFinished(() => void client.end(true));
    client.on("error", () => {});
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("close", () => reject(new Error("refused")));
    });
    return client;
  }

  const received = (count: number) => expect.poll(() => publications.length).toBe(count);

  test("carries a source's messages up, and acknowledgements and commands down", async () => {
    const client = await connect(await certificateOf("pc-1"));
    const seen: string[][] = [];
    client.on("message", (topic, payload) => seen.push([topic, payload.toString()]));
    await client.subscribeAsync([topicOf("pc-1", "ack"), topicOf("pc-1", "down")], { qos: 1 });
    for (const channel of ["hello", "up", "status"] as const) {
      await client.publishAsync(topicOf("pc-1", channel), channel, { qos: 1 });
    }
    await received(3);
    expect(publications.map(({ topic, payload }) => [topic, payload.toString()])).toEqual(
      (["hello", "up", "status"] as const).map((channel) => [parseTopic(topicOf("pc-1", channel)), channel]),
    );
    const up = parseTopic(topicOf("pc-1", "up")) ?? expect.fail();
    await centre.publish({ ...up, channel: "ack" }, "through");
    await centre.publish({ ...up, channel: "down" }, "command");
    await expect
      .poll(() => seen)
      .toEqual([
        [topicOf("pc-1", "ack"), "through"],
        [topicOf("pc-1", "down"), "command"],
      ]);
  });

  test("lets a source publish and read nothing but its own", async () => {
    const [pc, other] = [await connect(await certificateOf("pc-1")), await connect(await certificateOf("pc-2"))];
    const seen: string[] = [];
    pc.on("message", (topic) => seen.push(topic));
    await pc
      .subscribeAsync(["#", "dianmao/v1/+/+/+/up", topicOf("pc-2", "ack"), topicOf("pc-1", "ack")], { qos: 0 })
      .catch(() => {});
    const forbidden = [
      topicOf("pc-2", "up"),
      topicOf("pc-2", "ack"),
      topicOf("pc-1", "ack"),
      topicOf("pc-1", "up").replace(SITE, "town"),
      "x",
    ];
    for (const topic of forbidden) await pc.publishAsync(topic, "forged", { qos: 1 });
    await other.publishAsync(topicOf("pc-2", "up"), "own", { qos: 1 });
    const ack = parseTopic(topicOf("pc-2", "ack")) ?? expect.fail();
    await centre.publish(ack, "for pc-2 alone");
    await centre.publish(parseTopic(topicOf("pc-1", "ack")) ?? expect.fail(), "for pc-1");
    await expect.poll(() => seen.length).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set([topicOf("pc-1", "ack")]));
    await received(1);
    expect(publications[0]?.payload.toString()).toBe("own");
  });

  test("knows clients by their certificate alone, whatever client id they claim", async () => {
    const other = await connect(await certificateOf("pc-2"), { clientId: "pc-2" });
    await connect(await certificateOf("pc-1"), { clientId: "pc-2" });
    await other.publishAsync(topicOf("pc-2", "up"), "still here", { qos: 1 });
    await received(1);
  });

  test("refuses a certificate of another authority, none, and one on the revocation list", async () => {
    const stranger = await openAuthority({ folder: await temporaryFolder(), name: "Dianmao test", clock });
    const { csrPem, keyPem } = opensslRequest("pc-1");
    await expect(connect({ keyPem, ...(await stranger.issueClient(csrPem, "pc-1", SITE, 1)) })).rejects.toThrow();
    await expect(connect({} as never)).rejects.toThrow();
    const pc = await certificateOf("pc-1");
    await connect(pc);
    await mosquitto.kill();
    mosquitto = await startMosquitto(await configure([pc.serial]), port);
    await expect(connect(pc)).rejects.toThrow();
    await connect(await certificateOf("pc-2"));
  });

  test("cuts off a packet of 1 MB, and nobody else", async () => {
    const [pc, other] = [await connect(await certificateOf("pc-1")), await connect(await certificateOf("pc-2"))];
    const gone = new Promise<void>((resolve) => pc.once("close", () => resolve()));
    pc.publish(topicOf("pc-1", "up"), Buffer.alloc(1_000_000), { qos: 1 });
    await gone;
    await other.publishAsync(topicOf("pc-2", "up"), Buffer.alloc(64 * 1024), { qos: 1 });
    await received(1);
  });

  test("has many messages of a source with the centre at once, each acknowledged when it is taken", async () => {
    const releases: (() => void)[] = [];
    take = () => new Promise((resolve) => releases.push(resolve));
    const client = await connect(await certificateOf("pc-1"));
    for (let n = 0; n < 50; n++) await client.publishAsync(topicOf("pc-1", "up"), String(n), { qos: 1 });
    await received(50);
    expect(centre.stats()).toMatchObject({ waiting: 50 });
    for (const release of releases.splice(0).reverse()) release();
    await expect.poll(() => centre.stats().waiting).toBe(0);
    expect(publications.map(({ payload }) => Number(payload.toString()))).toEqual(
      Array.from({ length: 50 }, (_, n) => n),
    );
  });

  test("goes on for ever: what is taken is acknowledged to Mosquitto, which sends no more than its window otherwise", async () => {
    const client = await connect(await certificateOf("pc-1"));
    const count = INFLIGHT_MESSAGES_MAX + 500;
    for (let n = 0; n < count; n += 500) {
      const some = Array.from({ length: 500 }, () => client.publishAsync(topicOf("pc-1", "up"), "{}", { qos: 1 }));
      await Promise.all(some);
    }
    await received(count);
  });

  test("may be killed: the centre comes back to it and takes what is sent then", async () => {
    await mosquitto.kill("SIGKILL");
    await expect.poll(() => centre.isConnected).toBe(false);
    const up = parseTopic(topicOf("pc-1", "ack")) ?? expect.fail();
    await expect(centre.publish(up, "lost")).rejects.toMatchObject({ code: "broker-unreachable" });
    mosquitto = await startMosquitto(config, port);
    await expect.poll(() => centre.isConnected).toBe(true);
    const client = await connect(await certificateOf("pc-1"));
    await client.publishAsync(topicOf("pc-1", "up"), "after", { qos: 1 });
    await received(1);
  });

  test("is connected to again with the centre's new certificate, and not with one that it would not take", async () => {
    await writeFile(join(folder, "centre.pem"), "half a f");
    const renewed = await openCentreCertificate(folder, authority, clock);
    centre.setOwnCertificate(renewed);
    await expect.poll(() => centre.stats().connects).toBe(2);
    const client = await connect(await certificateOf("pc-1"));
    await client.publishAsync(topicOf("pc-1", "up"), "after the renewal", { qos: 1 });
    await received(1);

    const stranger = await openAuthority({ folder: await temporaryFolder(), name: "another", clock });
    const foreign = await stranger.issueClientWithKey("centre", 1);
    centre.setOwnCertificate({ certificatePem: foreign.pem, keyPem: foreign.keyPem });
    await expect.poll(() => centre.stats().connect_failures).toBeGreaterThan(0);
    expect(centre.isConnected).toBe(false);
  });

  test("is connected to again when the centre cannot take a message", async () => {
    take = async () => {
      throw new Error("the disk is full");
    };
    const client = await connect(await certificateOf("pc-1"));
    await client.publishAsync(topicOf("pc-1", "up"), "once", { qos: 1 });
    await expect.poll(() => centre.stats().failures).toBe(1);
    take = async () => {};
    await expect.poll(() => centre.stats().connects).toBe(2);
    await client.publishAsync(topicOf("pc-1", "up"), "again", { qos: 1 });
    await expect.poll(() => publications.at(-1)?.payload.toString()).toBe("again");
  });
});

test.each(["http://x", "mqtt://10.0.0.1:1883", "mqtt://example.org", "nonsense"])(
  "%s is no address of a broker",
  (url) => {
    expect(() => openExternalBroker({ url, clock, random: Math.random, log: SILENT_LOG })).toThrow(
      expect.objectContaining({ code: "bad-broker-url" }),
    );
  },
);

test("the key of the broker is for its owner alone, even where another file was before", async () => {
  const folder = await temporaryFolder();
  const authority = await openAuthority({ folder, name: "Dianmao test", clock });
  const deps = { authority, names: ["localhost"], revocationList: await authority.issueRevocationList([], 1), clock };
  await writeFile(join(folder, "server.key"), "left from before", { mode: 0o644 });
  await writeMosquittoConfig(folder, { host: "127.0.0.1", port: 8883, sites: [] }, deps);
  expect((await stat(join(folder, "server.key"))).mode & 0o777).toBe(0o600);
});
