import { describe, expect, it } from "vitest";
import { EF01_FORMAT, PACKET_BYTES_MAX } from "../../../protocol/clock/ef01/packet.ts";
import { StreamSplitter } from "../../../protocol/clock/stream-splitter.ts";
import { ZK_FORMAT } from "../../../protocol/clock/zk/packet.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { bytesOf, hexOf } from "../../support/hex.ts";
import { ACKNOWLEDGEMENT_VECTORS, PREFIX } from "./ef01/vectors.ts";
import { PACKET_VECTORS } from "./zk/vectors.ts";

const FAMILIES = [
  { family: "EF01", format: EF01_FORMAT, frames: ACKNOWLEDGEMENT_VECTORS.map(({ hex }) => bytesOf(PREFIX + hex)) },
  { family: "ZK", format: ZK_FORMAT, frames: PACKET_VECTORS.map(({ hex }) => bytesOf(hex)) },
];

describe.each(FAMILIES)("a stream of $family frames", ({ format, frames }) => {
  const whole = Buffer.concat(frames);

  it("is cut alike however the reads fall", () => {
    for (let size = 1; size <= whole.length; size++) {
      const splitter = new StreamSplitter<unknown>(format);
      const items = chunks(whole, size).flatMap((chunk) => splitter.push(chunk));
      expect(items.map(({ lengthBytes }) => lengthBytes)).toEqual(frames.map(({ length }) => length));
    }
  });

  it("is found again behind a frame cut short, once the line falls silent", () => {
    const [first, second] = frames as [Uint8Array, Uint8Array];
    const splitter = new StreamSplitter<unknown>(format);
    const items = [...splitter.push(Buffer.concat([first.subarray(0, -3), second])), ...splitter.flush()];
    expect(items.filter(({ type }) => type === "frame").map(({ lengthBytes }) => lengthBytes)).toEqual([second.length]);
    expect(items.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0)).toBe(first.length - 3 + second.length);
  });

  it("accounts for every byte of seeded noise, holds no more than one frame, invents nothing", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed);
      const noise = Uint8Array.from({ length: 400 }, () =>
        random() < 0.2 ? format.startByte : Math.floor(random() * 256),
      );
      const splitter = new StreamSplitter<unknown>(format);
      const items = [...chunks(noise, 1 + Math.floor(random() * 60)).flatMap((chunk) => splitter.push(chunk))];
      expect(splitter.pendingBytes, `seed ${seed}`).toBeLessThanOrEqual(format.frameBytesMax);
      items.push(...splitter.flush());
      expect(
        items.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0),
        `seed ${seed}`,
      ).toBe(noise.length);
      expect(
        items.filter(({ type }) => type === "frame"),
        `seed ${seed} ${hexOf(noise)}`,
      ).toEqual([]);
    }
  });
});

it("a frame that never ends is given up at the largest size a frame can have", () => {
  const splitter = new StreamSplitter(EF01_FORMAT);
  for (let read = 0; read < 100; read++) splitter.push(bytesOf("EF 01 FF FF FF FF 02 01 02").subarray(0, 9));
  for (let read = 0; read < 100; read++) splitter.push(new Uint8Array(64).fill(0xef));
  expect(splitter.pendingBytes).toBeLessThanOrEqual(PACKET_BYTES_MAX);
});

function chunks(bytes: Uint8Array, size: number): Uint8Array[] {
  const all: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) all.push(bytes.subarray(at, at + size));
  return all;
}
