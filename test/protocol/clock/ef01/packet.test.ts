import { describe, expect, it } from "vitest";
import {
  COMMANDS,
  CONFIRMATION,
  confirmationOf,
  decodeMatch,
  decodeParameters,
  encodeAcknowledgement,
  encodeCommand,
  encodeParameters,
  lightData,
  removeData,
  searchData,
  storeData,
} from "../../../../protocol/clock/ef01/commands.ts";
import { DEFAULT_ADDRESS, decodePacket, EF01_FORMAT, encodePacket } from "../../../../protocol/clock/ef01/packet.ts";
import { StreamSplitter } from "../../../../protocol/clock/stream-splitter.ts";
import { bytesOf, hexOf } from "../../../support/hex.ts";
import { ACKNOWLEDGEMENT_VECTORS, BROKEN_PACKETS, COMMAND_VECTORS, PREFIX } from "./vectors.ts";

describe.each(COMMAND_VECTORS)("EF01 command: $meaning", ({ hex, command, data }) => {
  it("decodes", () => {
    const content = Uint8Array.from([COMMANDS[command], ...data]);
    expect(decodePacket(bytesOf(PREFIX + hex))).toEqual({
      ok: true,
      packet: { address: DEFAULT_ADDRESS, type: "command", content },
    });
  });

  it("is what its parts encode to, byte for byte", () => {
    expect(hexOf(encodeCommand(command, data))).toBe(PREFIX + hex);
  });
});

describe.each(ACKNOWLEDGEMENT_VECTORS)("EF01 acknowledgement: $meaning", ({ hex, confirmation, data }) => {
  it("decodes", () => {
    const decoded = decodePacket(bytesOf(PREFIX + hex));
    expect(decoded).toMatchObject({ ok: true, packet: { type: "acknowledgement" } });
    if (!decoded.ok) return;
    expect(confirmationOf(decoded.packet.content[0] as number)).toBe(confirmation);
    expect([...decoded.packet.content.subarray(1)]).toEqual(data);
  });

  it("is what its parts encode to, byte for byte", () => {
    expect(hexOf(encodeAcknowledgement(confirmation, data))).toBe(PREFIX + hex);
  });
});

describe("the data of a command", () => {
  it("search, store, delete and light are laid out as in the vectors", () => {
    expect(searchData(1, 1, 16)).toEqual([1, 0, 1, 0, 16]);
    expect(storeData(1, 0)).toEqual([1, 0, 0]);
    expect(removeData(1, 1)).toEqual([0, 1, 0, 1]);
    expect(lightData("breathing", 0x50, "cyan", 0)).toEqual([1, 0x50, 6, 0]);
  });

  it("parameters and a match mean what the vectors say, and encode back", () => {
    const parameters = {
      status: 0x000c,
      systemId: 0x2ec8,
      librarySize: 100,
      securityLevel: 3,
      address: DEFAULT_ADDRESS,
      dataBytes: 128,
      baudRate: 57_600,
    };
    const bytes = ACKNOWLEDGEMENT_VECTORS[0]?.data ?? [];
    expect(decodeParameters(Uint8Array.from(bytes))).toEqual(parameters);
    expect(encodeParameters(parameters)).toEqual(bytes);
    expect(decodeMatch(Uint8Array.from([0, 1, 0, 0x50]))).toEqual({ page: 1, score: 80 });
    expect(decodeMatch(Uint8Array.from([0, 1, 0]))).toBeUndefined();
    expect(decodeParameters(Uint8Array.from(bytes.slice(1)))).toBeUndefined();
  });

  it("names no command that moves an image or a template to the host", () => {
    const moving = [0x08, 0x09, 0x0a, 0x0b];
    expect(Object.values(COMMANDS).filter((code) => moving.includes(code))).toEqual([]);
  });

  it("has one code for each confirmation", () => {
    expect(new Set(Object.values(CONFIRMATION)).size).toBe(Object.keys(CONFIRMATION).length);
  });
});

describe("damaged EF01 bytes", () => {
  it.each(BROKEN_PACKETS)("%s", (_what, hex, code) => {
    expect(decodePacket(bytesOf(hex))).toEqual({ ok: false, code });
  });

  it("more than 256 content bytes are refused", () => {
    const packet = { address: 0, type: "data" as const };
    expect(() => encodePacket({ ...packet, content: new Uint8Array(256) })).not.toThrow();
    expect(() => encodePacket({ ...packet, content: new Uint8Array(257) })).toThrow(RangeError);
  });

  it("the stray 55 of a module that has just been powered is noise before the first answer", () => {
    const splitter = new StreamSplitter(EF01_FORMAT);
    const items = splitter.push(bytesOf(`55 ${PREFIX}07 00 03 00 00 0A`));
    expect(items.map(({ type, lengthBytes }) => [type, lengthBytes])).toEqual([
      ["discarded", 1],
      ["frame", 12],
    ]);
  });
});
