import { describe, expect, test } from "vitest";
import { ack, down } from "../../../protocol/messages/envelope.ts";
import { DOWN_BYTES_MAX, parseAck, parseDown } from "../../../protocol/uplink/messages.ts";

const ACK = { v: 1, db: "d-1", epoch: "0123456789abcdef", through: 7 };
const SETTINGS = { v: 1, type: "settings", revision: 3, settings: { holdSeconds: 12, journalDays: 14 } };
const COMMAND = { v: 1, type: "command", id: "c-1", command: "collect-now", expiresAt: "2026-11-23T01:00:00.000Z" };

const bytes = (message: unknown) => Buffer.from(typeof message === "string" ? message : JSON.stringify(message));

describe("an acknowledgement", () => {
  test("that the contract's schema takes is taken", () => {
    for (const message of [ACK, { ...ACK, through: 0 }, { ...ACK, db: "x".repeat(64) }]) {
      expect(parseAck(bytes(message))).toEqual(ack.parse(message));
    }
  });

  test.each([
    { ...ACK, v: 2 },
    { ...ACK, epoch: "0123" },
    { ...ACK, through: -1 },
    { ...ACK, through: 1.5 },
    { ...ACK, through: "7" },
    { ...ACK, db: "" },
    [],
    null,
    "{",
    "",
  ])("%j is none, to the schema neither", (message) => {
    expect(parseAck(bytes(message))).toBeUndefined();
    expect(ack.safeParse(message).success).toBe(false);
  });

  test("longer than any is not even read", () => {
    expect(parseAck(bytes({ ...ACK, more: "x".repeat(DOWN_BYTES_MAX) }))).toBeUndefined();
  });
});

describe("a message down", () => {
  test("that the contract's schema takes is taken", () => {
    for (const message of [SETTINGS, COMMAND, { ...COMMAND, command: "re-enrol" }, { ...SETTINGS, settings: {} }]) {
      expect(parseDown(bytes(message))).toEqual(down.parse(message));
    }
  });

  test.each([
    { ...SETTINGS, v: 2 },
    { ...SETTINGS, revision: -1 },
    { ...COMMAND, command: "format-disk" },
    { ...COMMAND, id: 7 },
    { ...COMMAND, expiresAt: "soon" },
    { v: 1, type: "poem" },
    "{",
  ])("%j is none, to the schema neither", (message) => {
    expect(parseDown(bytes(message))).toBeUndefined();
    expect(down.safeParse(message).success).toBe(false);
  });
});
