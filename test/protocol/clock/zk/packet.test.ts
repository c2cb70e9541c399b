import { describe, expect, it } from "vitest";
import { decodePacket, encodePacket } from "../../../../protocol/clock/zk/packet.ts";
import { bytesOf, hexOf } from "../../../support/hex.ts";
import { BROKEN_PACKETS, PACKET_VECTORS } from "./vectors.ts";

describe.each(PACKET_VECTORS)("ZK packet: $meaning", ({ hex, packet }) => {
  it("decodes", () => {
    expect(decodePacket(bytesOf(hex))).toEqual({ ok: true, packet: { ...packet, data: bytesOf(packet.data) } });
  });

  it("is what its parts encode to, byte for byte", () => {
    expect(hexOf(encodePacket({ ...packet, data: bytesOf(packet.data) })).replaceAll(" ", "")).toBe(hex);
  });
});

describe("damaged ZK bytes", () => {
  it.each(BROKEN_PACKETS)("%s", (_what, hex, code) => {
    expect(decodePacket(bytesOf(hex))).toEqual({ ok: false, code });
  });
});
