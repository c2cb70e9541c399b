import { describe, expect, test } from "vitest";
import { ack, batch, hello, recordEnvelope, status } from "../../../protocol/messages/envelope.ts";
import { instant } from "../../../protocol/messages/primitives.ts";
import { RECORD_BODIES, RECORD_KINDS } from "../../../protocol/messages/records.ts";

describe("an instant", () => {
  test.each(["2026-11-23T00:59:58.120Z", "2000-02-29T23:59:59.999Z"])("is UTC with milliseconds: %s", (text) => {
    expect(instant.safeParse(text).success).toBe(true);
  });

  test.each([
    "2026-11-23T00:59:58Z",
    "2026-11-23T08:59:58.120+08:00",
    "2026-13-23T00:59:58.120Z",
    "2026-11-23T25:00:00.000Z",
    "2026-11-23 00:59:58.120Z",
    "",
  ])("is nothing else: %s", (text) => {
    expect(instant.safeParse(text).success).toBe(false);
  });
});

describe("the envelope", () => {
  const up = { v: 1, epoch: "9f00000000000000", first: 1841, sentAt: "2026-11-23T00:59:58.120Z", records: [{}] };

  test("of a batch holds 1 to 500 records", () => {
    expect(batch.safeParse(up).success).toBe(true);
    expect(batch.safeParse({ ...up, records: [] }).success).toBe(false);
    expect(batch.safeParse({ ...up, records: Array(500).fill({}) }).success).toBe(true);
    expect(batch.safeParse({ ...up, records: Array(501).fill({}) }).success).toBe(false);
  });

  test.each([
    ["another version", { v: 2 }],
    ["a short epoch", { epoch: "9f" }],
    ["sequence number 0", { first: 0 }],
    ["a fraction of a sequence number", { first: 1.5 }],
    ["a sequence number past what a double counts", { first: 2 ** 53 }],
    ["no records", { records: undefined }],
  ])("of a batch is refused with %s", (_what, change) => {
    expect(batch.safeParse({ ...up, ...change }).success).toBe(false);
  });

  test("of a record needs a kind, an instant and a body", () => {
    const record = { kind: "punch", at: "2026-11-23T00:59:58.120Z", body: {} };
    expect(recordEnvelope.safeParse(record).success).toBe(true);
    for (const key of Object.keys(record)) {
      expect(recordEnvelope.safeParse({ ...record, [key]: undefined }).success, key).toBe(false);
    }
  });

  test("of hello, status and acknowledgement accepts what the contract shows", () => {
    expect(
      hello.parse({
        v: 1,
        epoch: "9f00000000000000",
        oldest: 0,
        newest: 0,
        acked: 0,
        machine: "00112233445566aa",
        agent: "0.1.0",
        sentAt: "2026-11-23T00:59:58.120Z",
      }).newest,
    ).toBe(0);
    expect(
      status.parse({
        v: 1,
        state: "stopping",
        session: "00112233445566aa",
        at: "2026-11-23T09:00:00.000Z",
        cause: "os-shutdown",
      }).state,
    ).toBe("stopping");
    expect(ack.parse({ v: 1, db: "x", epoch: "9f00000000000000", through: 1842 }).through).toBe(1842);
  });
});

describe("the record kinds", () => {
  test("are those of the contract", () => {
    expect(RECORD_KINDS).toEqual(["posture", "ip-change", "power", "inventory", "finding", "punch", "clock", "gap"]);
  });

  test("keep an absurd device time of a punch as the device said it", () => {
    const punch = {
      clock: "0300123",
      device: 1,
      user: "38",
      deviceTime: "2000-01-02T00:00:07",
      offsetMs: null,
      readAt: "2026-11-23T00:59:58.120Z",
      verification: ["finger"],
      type: 255,
      workCode: 0,
      ordinal: 0,
      via: "live",
      raw: "00",
      doubt: "before-installation",
    };
    expect(RECORD_BODIES.punch.parse(punch)).toEqual(punch);
  });

  test("have no room for a fingerprint template", () => {
    const shape = Object.keys(RECORD_BODIES.punch.shape);
    expect(shape.filter((key) => /template|image|photo|minutiae/i.test(key))).toEqual([]);
    expect(RECORD_BODIES.punch.shape.raw.safeParse("00".repeat(400)).success).toBe(false);
  });
});
