import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import {
  decodeEntry,
  decodePush,
  encodeEntry,
  encodePush,
  entryBytesOf,
} from "../../../../protocol/clock/zk/attendance.ts";
import { encodeReadTable } from "../../../../protocol/clock/zk/commands.ts";
import { decodeTime, encodeTime } from "../../../../protocol/clock/zk/time.ts";
import { decodeUser, encodeUser } from "../../../../protocol/clock/zk/users.ts";
import { bytesOf, hexOf } from "../../../support/hex.ts";
import { PACKET_VECTORS } from "./vectors.ts";

/** Another open client's decoders, as a second opinion on layouts. */
const require = createRequire(import.meta.url);
const other = require("node-zklib/utils.js");
const { REQUEST_DATA } = require("node-zklib/constants.js");

describe("ZK time", () => {
  it("0x2368B36B is 2018-06-25 17:50:35 (public capture)", () => {
    expect(decodeTime(0x2368b36b)).toBe("2018-06-25T17:50:35");
    expect(encodeTime("2018-06-25T17:50:35")).toBe(0x2368b36b);
  });

  it.each(["2000-01-01T00:00:00", "2024-02-29T23:59:59", "2099-12-31T12:00:00"])("goes there and back: %s", (local) => {
    expect(decodeTime(encodeTime(local))).toBe(local);
  });

  it("has numbers that are no date: 31 February", () => {
    expect(decodeTime(encodeTime("2026-02-01T08:00:00") + 30 * 86_400)).toBeUndefined();
    expect(() => encodeTime("2026-02-30T08:00:00")).toThrow(RangeError);
  });
});

describe("a pushed attendance event", () => {
  const data = bytesOf(PACKET_VECTORS[2]?.packet.data ?? "");
  const value = { user: "22", deviceTime: "2018-12-17T01:04:17", status: 1, punch: 0, workCode: 0 };

  it("decodes the captured one", () => {
    expect(decodePush(data)).toEqual(value);
    expect(decodePush(data.subarray(1))).toBeUndefined();
  });

  it("is what its value encodes to, byte for byte", () => {
    expect(hexOf(encodePush(value))).toBe(hexOf(data));
  });
});

describe("a log entry", () => {
  const value = { user: "1024", deviceTime: "2026-11-23T08:59:58", status: 1, punch: 0, workCode: 0 };

  it.each([8, 16, 40] as const)("of %i bytes goes there and back", (size) => {
    expect(decodeEntry(encodeEntry(size, value))).toEqual(value);
  });

  it("of 16 bytes carries the work code", () => {
    expect(decodeEntry(encodeEntry(16, { ...value, workCode: 7 }))?.workCode).toBe(7);
  });

  it("of 40 bytes is read alike by another client", () => {
    const read = other.decodeRecordData40(Buffer.from(encodeEntry(40, value)));
    expect(read.deviceUserId).toBe("1024");
    expect(read.recordTime).toEqual(new Date(2026, 10, 23, 8, 59, 58));
  });

  it("of any other size is nothing", () => {
    expect(decodeEntry(new Uint8Array(41))).toBeUndefined();
  });

  it("has the size that table and count agree on", () => {
    expect(entryBytesOf(3 * 40, 3)).toBe(40);
    expect(entryBytesOf(3 * 16, 3)).toBe(16);
    expect(entryBytesOf(3 * 8, 3)).toBe(8);
    expect(entryBytesOf(100, 3)).toBeUndefined();
    expect(entryBytesOf(0, 0)).toBeUndefined();
  });
});

describe("a user", () => {
  const name = bytesOf("D5 C5 C8 FD"); // GBK 张三
  const value = { uid: 7, privilege: 0, name, card: 123_456, user: "1024" };

  it("of 72 bytes goes there and back, and is read alike by another client", () => {
    const bytes = Buffer.from(encodeUser(value));
    expect(decodeUser(bytes)).toEqual(value);
    expect(other.decodeUserData72(bytes)).toMatchObject({ uid: 7, userId: "1024", cardno: 123_456 });
  });

  it("never shows the password that is in the bytes", () => {
    const bytes = Buffer.from(encodeUser(value));
    bytes.write("31337", 3, "latin1");
    expect(JSON.stringify(decodeUser(bytes))).not.toContain("31337");
  });
});

it("tables are asked for in the bytes that another client sends", () => {
  expect(hexOf(encodeReadTable("attendance"))).toBe(hexOf(REQUEST_DATA.GET_ATTENDANCE_LOGS));
  expect(hexOf(encodeReadTable("users"))).toBe(hexOf(REQUEST_DATA.GET_USERS));
});
