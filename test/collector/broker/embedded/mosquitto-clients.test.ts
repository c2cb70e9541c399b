import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createIntake } from "../../../../collector/intake/create-intake.ts";
import { SILENT_LOG } from "../../../../protocol/log.ts";
import { SYSTEM_CLOCK } from "../../../../protocol/uplink/system-clock.ts";
import {
  type Credentials,
  clientArguments,
  counted,
  openBrokerFixture,
  topicOf,
} from "../../../support/broker-fixture.ts";
import { runClient } from "../../../support/mosquitto.ts";
import { areInstalled } from "../../../support/programs.ts";
import { addSource, openTestStore } from "../../../support/test-store.ts";

/** Written by hand from the contract, section Delivery. */
const EPOCH = "9f00000000000001";
const BATCH = JSON.stringify({
  v: 1,
  epoch: EPOCH,
  first: 1,
  sentAt: "2026-11-23T00:59:58.120Z",
  records: [
    { kind: "power", at: "2026-11-23T00:59:50.000Z", body: { event: "boot", source: "journal", evidence: [] } },
    { kind: "nonsense", at: "2026-11-23T00:59:51.000Z", body: {} },
  ],
});

let fixture: Awaited<ReturnType<typeof openBrokerFixture>>;
let pc: Credentials;

beforeEach(async () => {
  fixture = await openBrokerFixture({}, { takes: false });
  pc = await fixture.credentials("pc-1");
});
afterEach(() => fixture.close());

describe.runIf(areInstalled("mosquitto_pub", "mosquitto_sub"))(
  "Mosquitto's own clients, with an enrolled certificate,",
  () => {
    test("publish a batch and read the acknowledgement of what is committed", async () => {
      const store = await openTestStore({ clock: SYSTEM_CLOCK });
      await addSource(store, "pc-1");
      const { broker } = fixture;
      const intake = await createIntake({ store, broker, clock: SYSTEM_CLOCK, log: SILENT_LOG, version: "test" });
      const reading = runClient("mosquitto_sub", [
        ...clientArguments(pc, broker.port, "/reader"),
        ...["-t", topicOf("pc-1", "ack"), "-C", "1", "-W", "10"],
      ]);
      await counted(broker, "sessions");
      await expect.poll(() => broker.stats().subscriptions).toBe(1);

      const sent = await runClient("mosquitto_pub", [
        ...clientArguments(pc, broker.port),
        ...["-t", topicOf("pc-1", "up"), "-q", "1", "-m", BATCH],
      ]);
      expect(sent).toEqual({ code: 0, stdout: "", stderr: "" });
      const { code, stdout } = await reading;
      expect({ code, ack: JSON.parse(stdout) }).toEqual({
        code: 0,
        ack: { v: 1, db: store.incarnation, epoch: EPOCH, through: 2 },
      });
      const kept = await store.read
        .selectFrom("record")
        .select(["seq", "kind", "body"])
        .where("kind", "=", "power")
        .execute();
      expect(kept.map(({ seq, body }) => [seq, JSON.parse(body)])).toEqual([
        [1, { event: "boot", source: "journal", evidence: [] }],
      ]);
      expect(await store.read.selectFrom("quarantine").select(["seq", "reason"]).execute()).toMatchObject([{ seq: 2 }]);
      expect(await store.marks("pc-1")).toEqual([{ epoch: EPOCH, committed: 2, machine: null }]);
      await intake.close();
    });

    test("are refused on another source's topics", async () => {
      const { broker } = fixture;
      broker.onPublication(async () => {});
      const published = await runClient("mosquitto_pub", [
        ...clientArguments(pc, broker.port),
        ...["-t", topicOf("pc-2", "up"), "-q", "1", "-m", BATCH],
      ]);
      expect(published.code).not.toBe(0);
      const subscribed = await runClient("mosquitto_sub", [
        ...clientArguments(pc, broker.port),
        ...["-t", topicOf("pc-2", "ack"), "-C", "1", "-W", "3"],
      ]);
      expect(subscribed).toMatchObject({ stdout: "", stderr: expect.stringMatching(/denied/i) });
      expect(broker.stats()).toMatchObject({ refused_topic_of_another: 2 });
      expect(broker.stats()).not.toHaveProperty("received_up");
    });

    test("are refused without a certificate, under another's name, and once theirs is revoked", async () => {
      const { broker } = fixture;
      broker.onPublication(async () => {});
      const message = ["-t", topicOf("pc-1", "up"), "-q", "1", "-m", BATCH];
      const server = ["-h", "localhost", "-p", String(broker.port), "--cafile", pc.files.ca];
      expect((await runClient("mosquitto_pub", [...server, ...message])).code).not.toBe(0);
      const asAnother = clientArguments({ ...pc, source: "pc-2" }, broker.port);
      expect(await runClient("mosquitto_pub", [...asAnother, ...message])).toMatchObject({
        code: 5,
        stderr: expect.stringMatching(/not authorised/i),
      });
      fixture.revoked.add(pc.serial);
      expect((await runClient("mosquitto_pub", [...clientArguments(pc, broker.port), ...message])).code).toBe(5);
    });
  },
);
