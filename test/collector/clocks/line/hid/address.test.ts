import { expect, it } from "vitest";
import { formatHidAddress, isHidPort, parseHidAddress } from "../../../../../collector/clocks/line/hid/address.ts";

it.each([
  ["hid:10c4:ea80:0089A1F3", { vendorId: 0x10c4, productId: 0xea80, serial: "0089A1F3" }],
  ["hid:1a86:e008", { vendorId: 0x1a86, productId: 0xe008, serial: undefined }],
])("%s is read and written the same", (text, address) => {
  expect(parseHidAddress(text)).toEqual(address);
  expect(formatHidAddress(address)).toBe(text);
});

it.each(["hid:10c4", "hid:10c4:ea8", "hid:10c4:ea80:", "hid:10c4:ea80:a b", "/dev/hidraw0"])(
  "%s is no address",
  (text) => expect(parseHidAddress(text)).toBeUndefined(),
);

it("a port that begins with hid: is meant as one", () => {
  expect(["hid:x", "HID:10C4:EA80", "/dev/ttyUSB0", "COM3"].map(isHidPort)).toEqual([true, true, false, false]);
});
