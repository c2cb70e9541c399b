import { describe, expect, it } from "vitest";
import {
  COMMANDS,
  encodeRefusal,
  encodeReply,
  encodeRequest,
  replyCodec,
  requestCodec,
} from "../../../../protocol/clock/tcb/commands.ts";
import { crc16 } from "../../../../protocol/clock/tcb/crc.ts";
import { DATA_BYTES_MAX, decodeFrame, encodeFrame } from "../../../../protocol/clock/tcb/frame.ts";
import { bytesOf, hexOf } from "../../../support/hex.ts";
import { BROKEN_DATA, BROKEN_FRAMES, FRAME_VECTORS, type FrameVector } from "./vectors.ts";

const NO_DATA = new Uint8Array();

describe("CRC-16/MCRF4XX", () => {
  it("gives 6F91 over 123456789", () => {
    expect(crc16(Buffer.from("123456789")).toString(16)).toBe("6f91");
  });
});

describe.each(FRAME_VECTORS)("TC_B vector $number ($meaning; $source)", (vector) => {
  it("decodes to its frame and its value", () => {
    const decoded = decodeFrame(bytesOf(vector.hex));
    expect(decoded).toMatchObject({
      ok: true,
      frame: { device: vector.device, command: COMMANDS[vector.command].code, ...shapeOf(vector) },
    });
    if (!decoded.ok || vector.shape === "refusal") return;
    const codec = vector.shape === "request" ? requestCodec(vector.command) : replyCodec(vector.command);
    expect(codec.decode(decoded.frame.data)).toEqual({ ok: true, value: vector.value });
  });

  it("is what its value encodes to, byte for byte", () => {
    expect(hexOf(encodeVector(vector))).toBe(vector.hex);
  });
});

function shapeOf(vector: FrameVector): object {
  if (vector.shape === "request") return { shape: "request" };
  if (vector.shape === "reply") return { shape: "reply", status: 0 };
  return { shape: "reply", status: vector.status, data: NO_DATA };
}

function encodeVector(vector: FrameVector): Uint8Array {
  if (vector.shape === "request") return encodeRequest(vector.command, vector.device, vector.value);
  if (vector.shape === "reply") return encodeReply(vector.command, vector.device, vector.value);
  return encodeRefusal(COMMANDS[vector.command].code, vector.device, vector.status);
}

describe("damaged bytes", () => {
  it.each(BROKEN_FRAMES)("%s (%s) is %s", (hex, _what, code) => {
    expect(decodeFrame(bytesOf(hex))).toEqual({ ok: false, code });
  });

  it.each(BROKEN_DATA)("%s %s with data %s is %s", (command, direction, hex, code) => {
    const codec = direction === "request" ? requestCodec(command) : replyCodec(command);
    expect(codec.decode(bytesOf(hex))).toEqual({ ok: false, code });
  });

  it("refuses to encode more data than a frame can hold", () => {
    const frame = { shape: "request", device: 1, command: 0x33 } as const;
    expect(() => encodeFrame({ ...frame, data: new Uint8Array(DATA_BYTES_MAX) })).not.toThrow();
    expect(() => encodeFrame({ ...frame, data: new Uint8Array(DATA_BYTES_MAX + 1) })).toThrow(RangeError);
  });
});

describe("a settings change", () => {
  it("leaves what it does not name as it is: FF in every other field", () => {
    const bytes = requestCodec("setSettings").encode({ realTime: 1 });
    expect(hexOf(bytes)).toBe("FF FF FF FF 01 FF FF FF FF FF FF FF FF FF FF");
    expect(requestCodec("setSettings").decode(bytes)).toEqual({ ok: true, value: { realTime: 1 } });
  });
});
