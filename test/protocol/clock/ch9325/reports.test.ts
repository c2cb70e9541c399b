import { expect, it } from "vitest";
import {
  decodeConfiguration,
  decodeData,
  encodeConfiguration,
  encodeData,
} from "../../../../protocol/clock/ch9325/reports.ts";
import { bytesOf, hexOf } from "../../../support/hex.ts";

it("CH9325 sets 9600 8 data bits with its rate little-endian", () => {
  expect(hexOf(encodeConfiguration(9600, 8))).toBe("00 80 25 00 00 03");
  expect(decodeConfiguration(bytesOf("00 80 25 00 00 03"))).toEqual({ baudRate: 9600, dataBits: 8 });
});

it("CH9325 carries at most seven bytes a report, counted in the low four bits of a received one", () => {
  expect(encodeData(bytesOf("01 02 03 04 05 06 07 08")).map(hexOf)).toEqual([
    "07 01 02 03 04 05 06 07",
    "01 08 00 00 00 00 00 00",
  ]);
  expect(hexOf(decodeData(bytesOf("F2 A5 00 00 00 00 00 00")) as Uint8Array)).toBe("A5 00");
  expect(decodeData(bytesOf("02 A5 00"))).toBeUndefined();
  expect(decodeData(bytesOf("F8 01 02 03 04 05 06 07 08"))).toBeUndefined();
  expect(hexOf(decodeData(bytesOf("F0 00")) as Uint8Array)).toBe("");
});
