import { describe, expect, it } from "vitest";
import { decodeEvents, encodeDescriptors, encodeNoStrings } from "../../../simulators/hid/function-fs.ts";
import { bytesOf, hexOf } from "../../support/hex.ts";

describe("what FunctionFS is told", () => {
  it("is one HID interface with an interrupt endpoint in each direction, for full speed", () => {
    // linux/usb/functionfs.h: magic 3, length, flags, count; the descriptors after USB 2.0 section 9.6 and HID 1.11 section 6.2.1.
    expect(hexOf(encodeDescriptors(0x0437))).toBe(
      [
        "03 00 00 00 30 00 00 00 01 00 00 00 04 00 00 00",
        "09 04 00 00 02 03 00 00 00",
        "09 21 11 01 00 01 22 37 04",
        "07 05 81 03 40 00 01",
        "07 05 02 03 40 00 01",
      ].join(" "),
    );
  });

  it("is that it has no strings of its own", () => {
    expect(hexOf(encodeNoStrings())).toBe("02 00 00 00 10 00 00 00 00 00 00 00 00 00 00 00");
  });
});

// As reads of ep0 gave them on Debian's kernel 6.1.0-56 when usbhid took a CP2110 and the plug was pulled.
describe("what FunctionFS tells", () => {
  it.each([
    ["bind", "000000000000000000000000"],
    ["unbind", "000000000000000001000000"],
    ["enable", "000000000000000002000000"],
    ["suspend", "000000000000000005000000"],
    ["unknown", "000000000000000009000000"],
  ])("%s", (name, bytes) => {
    expect(decodeEvents(bytesOf(bytes)).map((event) => event.name)).toEqual([name]);
  });

  it("is several things in one read", () => {
    const events = decodeEvents(bytesOf("000000000000000005000000 000000000000000001000000"));
    expect(events.map(({ name }) => name)).toEqual(["suspend", "unbind"]);
  });

  it("is a request with its eight bytes", () => {
    expect(decodeEvents(bytesOf("210950030000090004000000"))).toEqual([
      { name: "setup", setup: bytesOf("2109500300000900") },
    ]);
  });

  it("is nothing in a piece of an event", () => {
    expect(decodeEvents(bytesOf("2109500300000900040000"))).toEqual([]);
  });
});
