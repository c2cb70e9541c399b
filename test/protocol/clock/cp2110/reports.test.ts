import { describe, expect, it } from "vitest";
import {
  decodeConfiguration,
  decodeData,
  encodeConfiguration,
  encodeData,
  UART_8N1,
} from "../../../../protocol/clock/cp2110/reports.ts";
import { bytesOf, hexOf } from "../../../support/hex.ts";

/** Silicon Labs AN434 and public captures. */
const CONFIGURATIONS = [
  { baudRate: 9600, hex: "50 00 00 25 80 00 00 03 00" },
  { baudRate: 57_600, hex: "50 00 00 E1 00 00 00 03 00" },
];
const SEVENTY = Uint8Array.from({ length: 70 }, (_, index) => index);
const WRITES = [
  { bytes: bytesOf("A5 00 00 00 01 3C 00 00 49 A9"), reports: ["0A A5 00 00 00 01 3C 00 00 49 A9"] },
  { bytes: SEVENTY, reports: [`3F ${hexOf(SEVENTY.subarray(0, 63))}`, "07 3F 40 41 42 43 44 45"] },
];

describe("CP2110", () => {
  it.each(CONFIGURATIONS)("opens the UART at $baudRate 8N1 with $hex", ({ baudRate, hex }) => {
    expect(hexOf(encodeConfiguration({ baudRate, ...UART_8N1 }))).toBe(hex);
    expect(decodeConfiguration(bytesOf(hex))).toEqual({ baudRate, ...UART_8N1 });
  });

  it.each(WRITES)("writes $bytes.length bytes as reports of exactly id + 1 bytes", ({ bytes, reports }) => {
    expect(encodeData(bytes).map(hexOf)).toEqual(reports);
  });

  it("reads reports padded with zeros, and nothing else", () => {
    const padded = Buffer.concat([bytesOf("02 A5 00"), Buffer.alloc(61)]);
    expect(hexOf(decodeData(padded) as Uint8Array)).toBe("A5 00");
    expect(decodeData(bytesOf("00"))).toBeUndefined();
    expect(decodeData(bytesOf("40 01"))).toBeUndefined();
    expect(decodeData(bytesOf("03 01 02"))).toBeUndefined();
    expect(decodeData(new Uint8Array())).toBeUndefined();
  });
});
