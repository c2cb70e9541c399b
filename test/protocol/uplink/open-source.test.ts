import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openAuthority } from "../../../collector/broker/pki/authority.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import type { ContractRecord } from "../../../protocol/messages/records.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { forgetIdentity } from "../../../protocol/uplink/identity.ts";
import { openSource } from "../../../protocol/uplink/open-source.ts";
import type { Source, SourceOptions } from "../../../protocol/uplink/source.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { ModelCentre } from "../../support/model-centre.ts";
import { openPlainBroker, type PlainBroker } from "../../support/plain-broker.ts";
import { openSmallCentre } from "../../support/small-centre.ts";
import { temporaryFolder } from "../../support/test-store.ts";
import { until } from "../../support/until.ts";

const MACHINE = "00000000000000aa";

const boot: ContractRecord = {
  kind: "power",
  at: "2026-11-23T00:00:00.000Z",
  body: { event: "boot", source: "test", evidence: [] } as never,
};

/** HTTPS, broker and a centre that commits everything at once, all under one authority. */
async function world() {
  const folder = await temporaryFolder();
  const authority = await openAuthority({ folder: join(folder, "pki"), name: "Dianmao test", clock: SYSTEM_CLOCK });
  const { pem: cert, keyPem: key } = await authority.issueServer(["127.0.0.1"], 1);
  const broker = await openPlainBroker({ cert, key, ca: authority.caPem, requestCert: true, rejectUnauthorized: true });
  const centre = await openSmallCentre({ authority, grantAllFor: { broker: broker.url, source: "pc-1" } });
  const database = new ModelCentre(() => 0);
  broker.onTold = ({ topic, channel, payload }) => {
    if (channel !== "up" && channel !== "hello") return;
    for (const ack of database.take(channel, JSON.stringify(payload))) {
      void broker.publish(topic.replace(/[^/]+$/, "ack"), ack);
    }
  };
  const options: SourceOptions = {
    home: join(folder, "source"),
    kind: "agent",
    centre: { url: centre.url, caFile: centre.caFile },
    machine: MACHINE,
    fingerprint: ["00000000000000a1"],
    hostname: "OFFICE-1",
    version: "1.0.0",
  };
  return { broker, centre, database, options };
}

let opened = 0;

async function open(options: SourceOptions): Promise<Source> {
  const random = seededRandom(++opened);
  const source = await openSource(options, { clock: SYSTEM_CLOCK, random, log: SILENT_LOG });
  onTestFinished(() => source.stop("unknown"));
  return source;
}

const hellos = ({ told }: PlainBroker) =>
  told.filter(({ channel }) => channel === "hello").map(({ payload }) => payload);

describe("a source", () => {
  test("takes records before it is enrolled, and has them committed once it is", async () => {
    const { centre, database, options } = await world();
    const source = await open(options);
    expect(await source.append(boot)).toBe(1);
    expect(await source.enrolled()).toEqual({ source: "pc-1", site: "hall" });
    expect(await source.flush(10_000)).toBe(true);
    expect(database.contents(source.state().epoch)).toEqual([[1, JSON.stringify(boot)]]);
    expect(centre.requests.map(({ path }) => path)).toEqual(["/api/v1/enrolments"]);
    expect(source.state()).toEqual({
      enrolment: { state: "enrolled", source: "pc-1", site: "hall", expiresAt: expect.any(String) },
      connected: true,
      answered: true,
      epoch: expect.stringMatching(/^[0-9a-f]{16}$/),
      newest: 1,
      committed: 1,
      pending: 0,
      journalBytes: expect.any(Number),
      counters: {
        appended: 1,
        batchesSent: 1,
        resends: 0,
        connects: 1,
        acks: 2,
        badMessages: 0,
        damaged: 0,
        sacrificed: 0,
        gapsSent: 0,
      },
    });
    expect(source.localAddress()).toBe("127.0.0.1");
  });

  test("goes on where it was when it is opened again", async () => {
    const { broker, centre, options } = await world();
    const first = await open(options);
    await first.append(boot);
    await first.flush(10_000);
    const { epoch } = first.state();
    await first.stop("service-stop");
    expect(first.state().connected).toBe(false);
    await expect(first.append(boot)).rejects.toMatchObject({ code: "journal-closed" });

    const again = await open(options);
    expect(await again.append(boot)).toBe(2);
    expect(await again.flush(10_000)).toBe(true);
    expect(hellos(broker).at(-1)).toMatchObject({ epoch, oldest: 1, acked: 1, machine: MACHINE });
    expect(centre.requests).toHaveLength(1);
    expect(broker.told.filter(({ channel }) => channel === "up")).toHaveLength(2);
  });

  test("enrolled anew begins another epoch with what is not committed yet", async () => {
    const { broker, database, options } = await world();
    const first = await open(options);
    await first.append(boot);
    await first.flush(10_000);
    broker.onTold = (
      (answer) => (told) =>
        told.channel === "status" && answer(told)
    )(broker.onTold);
    await first.append(boot);
    expect(await first.flush(50)).toBe(false);
    const { epoch } = first.state();
    await first.stop("update");

    await forgetIdentity(options.home);
    broker.onTold = ({ topic, channel, payload }) => {
      if (channel !== "up" && channel !== "hello") return;
      const acks = database.take(channel, JSON.stringify(payload));
      for (const ack of acks) void broker.publish(topic.replace(/[^/]+$/, "ack"), ack);
    };
    const again = await open(options);
    await again.enrolled();
    expect(await again.append(boot)).toBe(3);
    expect(await again.flush(10_000)).toBe(true);
    expect(again.state().epoch).not.toBe(epoch);
    expect(database.contents(again.state().epoch).map(([number]) => number)).toEqual([1, 2]);
  });

  test("on another machine's disk keeps what it finds aside and enrols as itself", async () => {
    const { centre, options } = await world();
    const first = await open(options);
    await first.append(boot);
    await first.flush(10_000);
    await first.stop("service-stop");

    const clone = await open({ ...options, machine: "00000000000000bb" });
    await clone.enrolled();
    expect([clone.state().epoch === first.state().epoch, clone.state().newest]).toEqual([false, 0]);
    expect(centre.requests).toHaveLength(2);
    expect(centre.requests[0]?.body.csr).not.toBe(centre.requests[1]?.body.csr);
    const kept = [...(await readdir(options.home)), ...(await readdir(join(options.home, "journal")))];
    expect(kept.filter((name) => name.includes("aside"))).toHaveLength(4);
  });

  test("tells of a database that was put back, and fills it up again", async () => {
    const { broker, database, options } = await world();
    const source = await open(options);
    const heard: unknown[] = [];
    source.onReplay((replay) => heard.push(replay));
    await source.append(boot);
    await source.flush(10_000);
    database.backup();
    await source.append(boot);
    await source.flush(10_000);
    database.restore();
    broker.cut();
    await until("the replay", () => heard.length > 0);
    await until("the second record again", () => source.state().committed === 2);
    expect(heard).toEqual([{ db: "db-2", committed: 1, missing: 0 }]);
    expect(database.contents(source.state().epoch).map(([number]) => number)).toEqual([1, 2]);
  });

  test("renews its certificate when told, and comes back with it", async () => {
    const { broker, centre, options } = await world();
    const source = await open(options);
    // The broker knows of the subscription before the source counts itself as connected.
    await until("the first connection", () => source.state().counters.connects === 1);
    const { topic: down } = await until("the subscription to commands", () => broker.subscriptions[1]);
    const heard: unknown[] = [];
    source.onDown((message) => heard.push(message));
    const command = {
      v: 1,
      type: "command",
      id: "c-1",
      command: "renew-certificate",
      expiresAt: "2999-01-01T00:00:00.000Z",
    };
    await broker.publish(down, command);
    await broker.publish(down, command);
    await until("the second connection", () => source.state().counters.connects === 2);
    expect(heard).toEqual([command]);
    expect(centre.requests.map(({ path }) => path)).toEqual(["/api/v1/enrolments", "/api/v1/renewals"]);
  });

  test("counts what is no message of the contract, and goes on", async () => {
    const { broker, options } = await world();
    const source = await open(options);
    await until("an answer", () => source.state().answered);
    const [ack, down] = broker.subscriptions.map(({ topic }) => topic);
    await broker.publish(ack as string, "{");
    await broker.publish(down as string, "no");
    await broker.publish(ack as string, { v: 1, db: "db-1", epoch: "f".repeat(16), through: 1 });
    await until("three bad messages", () => source.state().counters.badMessages === 3);
    await source.append(boot);
    expect(await source.flush(10_000)).toBe(true);
  });
});

describe("a source that cannot begin", () => {
  test("says why: no identity and nobody to ask, a plain broker elsewhere, a folder in use", async () => {
    const { options } = await world();
    const { centre: _, ...alone } = options;
    await expect(open(alone)).rejects.toMatchObject({ code: "not-enrolled" });
    await expect(open({ ...options, broker: "mqtt://10.0.0.7" })).rejects.toMatchObject({
      code: "broker-not-encrypted",
    });
    const source = await open(options);
    await expect(open(options)).rejects.toMatchObject({ code: "folder-locked" });
    await source.stop("unknown");
    await (await open(options)).stop("unknown");
  });

  test("shows a centre that it cannot recognise in its state, and takes records all the same", async () => {
    const { options } = await world();
    const source = await open({ ...options, centre: { url: "https://127.0.0.1:1", caFile: "absent.pem" } });
    await until("a refusal", () => source.state().enrolment.state === "refused");
    expect(source.state().enrolment).toEqual({ state: "refused", code: "untrusted" });
    expect(await source.append(boot)).toBe(1);
    const refusal = expect(source.enrolled()).rejects.toMatchObject({ code: "stopped" });
    await source.stop("unknown");
    await refusal;
  });

  test("does not die of an identity that cannot be stored", async () => {
    const { centre, options } = await world();
    const source = await open(options);
    await source.stop("unknown");
    await rm(join(options.home, "identity.json"), { force: true });
    // A folder in the place of the file: every write fails.
    const { mkdir } = await import("node:fs/promises");
    await mkdir(join(options.home, "identity.json.new"), { recursive: true });
    const again = await open(options);
    await until("trouble", () => again.state().enrolment.state === "unreachable");
    expect(again.state().enrolment).toEqual({ state: "unreachable", code: "identity-not-stored" });
    expect(centre.requests.length).toBeGreaterThan(0);
  });
});
