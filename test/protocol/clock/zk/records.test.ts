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
import { decodeUser, encodeUser, isUserId } from "../../../../protocol/clock/zk/users.ts";
import { bytesOf, hexOf } from "../../../support/hex.ts";
import { ENTRY_VECTORS, OLD_PUSH_HEX, PACKET_VECTORS, USER_28_HEX, USER_72_HEX, WRITTEN_USERS } from "./vectors.ts";

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

  it("of older firmware has its user as a number", () => {
    const old = { user: "1024", deviceTime: "2018-06-25T17:50:35", status: 15, punch: 4, workCode: 0 };
    expect(decodePush(bytesOf(OLD_PUSH_HEX))).toEqual(old);
  });
});

describe("a log entry", () => {
  describe.each(ENTRY_VECTORS)("of $size bytes ($format)", ({ size, workCode, hex }) => {
    const value = { user: "1024", deviceTime: "2018-06-25T17:50:35", status: 15, punch: 4, workCode };

    it("decodes", () => {
      expect(decodeEntry(bytesOf(hex))).toEqual(value);
    });

    it("is what its value encodes to, byte for byte", () => {
      expect(hexOf(encodeEntry(size, value))).toBe(hex);
    });
  });

  it("of 16 and of 40 bytes is read alike by another client", () => {
    const [, entry16, entry40] = ENTRY_VECTORS.map(({ hex }) => Buffer.from(bytesOf(hex)));
    const time = new Date(2018, 5, 25, 17, 50, 35);
    expect(other.decodeRecordData16(entry16)).toEqual({ deviceUserId: 1024, recordTime: time });
    expect(other.decodeRecordData40(entry40)).toMatchObject({ deviceUserId: "1024", recordTime: time });
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

  it("of 28 bytes decodes, and is read alike by another client", () => {
    const bytes = Buffer.from(bytesOf(USER_28_HEX));
    expect(decodeUser(bytes)).toEqual({ ...value, privilege: 14 });
    expect(other.decodeUserData28(bytes)).toMatchObject({ uid: 7, role: 14, userId: 1024 });
  });

  it("of 72 bytes holds byte for byte in both directions, and is read alike by another client", () => {
    const bytes = Buffer.from(bytesOf(USER_72_HEX));
    expect(decodeUser(bytes)).toEqual(value);
    expect(hexOf(encodeUser(value))).toBe(USER_72_HEX);
    expect(other.decodeUserData72(bytes)).toMatchObject({ uid: 7, userId: "1024", cardno: 123_456 });
  });

  it.each(WRITTEN_USERS)("of $size bytes is written as another client writes it", ({ size, hex }) => {
    const user = { uid: 8, privilege: 0, name, card: 0, user: "1025" };
    expect(hexOf(encodeUser(user, size))).toBe(hex);
    expect(decodeUser(bytesOf(hex))).toEqual(user);
  });

  it.each([
    [28, "4294967295", true],
    [28, "4294967296", false],
    [28, "007", false],
    [28, "A7", false],
    [72, "007", true],
    [72, "1".repeat(24), true],
    [72, "1".repeat(25), false],
    [72, "张三", false],
    [72, "", false],
  ] as const)("of %i bytes and the id %s: %s", (size, user, fits) => {
    expect(isUserId(user, size)).toBe(fits);
  });

  it("never shows the password that is in the bytes", () => {
    const bytes = Buffer.from(encodeUser(value));
    bytes.write("31337", 3, "latin1");
    for (const shown of [bytes, bytesOf(USER_28_HEX)].map(decodeUser)) {
      expect(Buffer.from(shown?.name ?? []).toString("latin1")).not.toContain("31337");
      expect(JSON.stringify(shown)).not.toContain("31337");
    }
  });
});

it("tables are asked for in the bytes that another client sends", () => {
  expect(hexOf(encodeReadTable("attendance"))).toBe(hexOf(REQUEST_DATA.GET_ATTENDANCE_LOGS));
  expect(hexOf(encodeReadTable("users"))).toBe(hexOf(REQUEST_DATA.GET_USERS));
});
