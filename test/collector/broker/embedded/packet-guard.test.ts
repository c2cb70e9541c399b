import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../../../collector/broker/embedded/limits.ts";
import { PacketGuard } from "../../../../collector/broker/embedded/packet-guard.ts";
import { bytesOf } from "../../../support/hex.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** CONNECT of MQTT 3.1.1 as in its figures 3.2 to 3.6, without flags, with an empty client id. */
const CONNECT = "10 0C 00 04 4D 51 54 54 04 02 00 3C 00 00";
const PUBLISH_QOS1 = "32 07 00 03 61 2F 62 00 0A";
const PINGREQ = "C0 00";

const limits = {
  ...DEFAULT_LIMITS,
  publishBytesMax: 321,
  controlBytesMax: 200,
  controlBurstMax: 3,
  controlsPerSecond: 1,
};

function open(clock = new VirtualClock()) {
  return new PacketGuard({ limits, clock });
}

describe("a client's packets", () => {
  test("pass however they are cut", () => {
    const bytes = bytesOf(CONNECT + PUBLISH_QOS1 + PINGREQ + PUBLISH_QOS1);
    for (let size = 1; size <= bytes.length; size++) {
      const guard = open();
      for (let at = 0; at < bytes.length; at += size) {
        expect(guard.accept(bytes.subarray(at, at + size)), `cut into ${size}`).toBeUndefined();
      }
    }
  });

  test("may be as long as the limit, with the length as in table 2.4 of the specification", () => {
    const guard = open();
    expect(guard.accept(bytesOf(CONNECT))).toBeUndefined();
    expect(guard.accept(bytesOf(`30 C1 02${"00".repeat(321)}`)), "321 = C1 02").toBeUndefined();
    expect(guard.accept(bytesOf("30 C2 02"))).toBe("packet-too-large");
  });

  test("other than PUBLISH have a limit of their own", () => {
    expect(open().accept(bytesOf("10 C8 01")), "200 = C8 01").toBeUndefined();
    expect(open().accept(bytesOf("10 C9 01"))).toBe("packet-too-large");
  });

  test.each([
    ["40 MB before CONNECT", "10 80 DA C4 13", "packet-too-large"],
    ["the largest length there is", "10 FF FF FF 7F", "packet-too-large"],
    ["a length that never ends", "10 80 80 80 80", "length-malformed"],
    ["a PUBLISH first", PUBLISH_QOS1, "connect-expected"],
    ["HTTP", "47 45 54 20 2F", "connect-expected"],
  ])("%s is an offence at its header", (_what, hex, offence) => {
    expect(open().accept(bytesOf(hex))).toBe(offence);
  });

  test("other than PUBLISH have a rate, PUBLISH has none here", async () => {
    const clock = new VirtualClock();
    const guard = open(clock);
    expect(guard.accept(bytesOf(CONNECT + PINGREQ + PINGREQ + PUBLISH_QOS1.repeat(50)))).toBeUndefined();
    expect(open().accept(bytesOf(CONNECT + PINGREQ.repeat(3)))).toBe("control-rate");
    await clock.advance(1000);
    expect(guard.accept(bytesOf(PINGREQ))).toBeUndefined();
  });
});
