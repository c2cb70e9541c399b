import { describe, expect, it } from "vitest";
import { describeBytes as describeEf01 } from "../../../protocol/clock/ef01/describe.ts";
import { describeBytes as describeZk } from "../../../protocol/clock/zk/describe.ts";
import { bytesOf } from "../../support/hex.ts";
import { COMMAND_VECTORS, PREFIX } from "./ef01/vectors.ts";
import { PACKET_VECTORS } from "./zk/vectors.ts";

const valuesOf = (description: { fields: { name: string; value: string }[] } | undefined) =>
  Object.fromEntries(description?.fields.map(({ name, value }) => [name, value]) ?? []);

describe("bytes of a ZK terminal in words", () => {
  it("tells the captured push, glued to another packet", () => {
    const found = describeZk(bytesOf(`${PACKET_VECTORS[1]?.hex}${PACKET_VECTORS[2]?.hex}`));
    expect(found.map(({ offset, title }) => [offset, title.en])).toEqual([
      [0, "done"],
      [16, "events"],
    ]);
    expect(valuesOf(found[1])).toMatchObject({ user: "22", time: "2018-12-17T01:04:17", verified: "1", type: "0" });
  });

  it.each([
    ["FF FF", "noise"],
    ["5050827D08000000E80317FC00000100", "checksum"],
    ["5050827D08000000E803", "stalled"],
    ["5050827DFFFFFF7FE80316FC00000100", "length"],
  ])("says what is wrong with %s", (hex, code) => {
    expect(describeZk(bytesOf(hex))[0]?.problem?.code).toBe(code);
  });
});

describe("bytes of an EF01 module in words", () => {
  it("tells a search and its answer, behind the 55 of the start", () => {
    const hex = `55 ${PREFIX}${COMMAND_VECTORS[4]?.hex} ${PREFIX}07 00 07 00 00 01 00 50 00 5F`;
    const found = describeEf01(bytesOf(hex));
    expect(found.map(({ offset, lengthBytes, title }) => [offset, lengthBytes, title.en])).toEqual([
      [0, 1, "bad bytes"],
      [1, 17, "search"],
      [18, 16, "done"],
    ]);
    expect(valuesOf(found[2])).toEqual({ address: "FFFFFFFF", code: "00", data: "00010050" });
  });

  it("shows neither a password nor a template", () => {
    const secret = describeEf01(bytesOf(`${PREFIX}01 00 07 13 00 AB CD EF 02 82`));
    expect(JSON.stringify(secret).toLowerCase()).not.toContain("abcdef");
    const template = describeEf01(bytesOf(`${PREFIX}02 00 06 DE AD BE EF 03 40`));
    expect(template[0]?.title.en).toBe("biometric data (not shown)");
    expect(JSON.stringify(template).toLowerCase()).not.toContain("dead");
  });
});
