import { describe, expect, it } from "vitest";
import { crc16 } from "../../../../protocol/clock/tcb/crc.ts";
import { decodeFrame, FRAME_BYTES_MAX } from "../../../../protocol/clock/tcb/frame.ts";
import { FrameSplitter, type SplitItem } from "../../../../protocol/clock/tcb/splitter.ts";
import { seededRandom } from "../../../../protocol/seeded-random.ts";
import type { Random } from "../../../../protocol/time.ts";
import { bytesOf } from "../../../support/hex.ts";
import { FRAME_VECTORS } from "./vectors.ts";

const COUNTS = vector(2);
const PUSH = vector(16);
const PAGE = vector(17);

function vector(number: number): Uint8Array {
  const found = FRAME_VECTORS.find((row) => row.number === number);
  return bytesOf(found?.hex ?? "");
}

function frameItem(bytes: Uint8Array): SplitItem {
  const decoded = decodeFrame(bytes);
  if (!decoded.ok) throw new Error(decoded.code);
  return { type: "frame", frame: decoded.frame, lengthBytes: bytes.length };
}

const discarded = (reason: string, lengthBytes: number) => ({ type: "discarded", reason, lengthBytes });

describe("the splitter", () => {
  it("separates frames glued together in one read, a push between request and reply", () => {
    expect(new FrameSplitter().push(Buffer.concat([PUSH, COUNTS, PAGE]))).toEqual([PUSH, COUNTS, PAGE].map(frameItem));
  });

  it("puts a frame together whatever the reads were", () => {
    const line = Buffer.concat([COUNTS, PUSH]);
    for (let cut = 1; cut < line.length; cut++) {
      const splitter = new FrameSplitter();
      const items = [...splitter.push(line.subarray(0, cut)), ...splitter.push(line.subarray(cut))];
      expect(items, `cut at ${cut}`).toEqual([COUNTS, PUSH].map(frameItem));
    }
  });

  it("takes bytes one at a time", () => {
    const splitter = new FrameSplitter();
    expect([...PAGE].flatMap((byte) => splitter.push(Uint8Array.of(byte)))).toEqual([frameItem(PAGE)]);
    expect(splitter.pendingBytes).toBe(0);
  });

  it("reports noise before a frame, as one piece", () => {
    expect(new FrameSplitter().push(Buffer.concat([bytesOf("00 FF 13"), COUNTS]))).toEqual([
      discarded("noise", 3),
      frameItem(COUNTS),
    ]);
  });

  it("loses only the damaged frame when a byte is wrong", () => {
    const damaged = Buffer.from(PAGE);
    damaged[12] = (damaged[12] as number) ^ 0x40;
    expect(new FrameSplitter().push(Buffer.concat([damaged, PUSH]))).toEqual([
      discarded("checksum", damaged.length),
      frameItem(PUSH),
    ]);
  });

  it("finds the good frame that a damaged length seemed to swallow", () => {
    const damaged = Buffer.from(COUNTS);
    damaged[8] = PUSH.length + 0x12;
    const line = Buffer.concat([damaged, PUSH]);
    expect(new FrameSplitter().push(line)).toEqual([discarded("checksum", damaged.length), frameItem(PUSH)]);
  });

  it("finds a whole frame behind false start bytes, at the latest when the line falls silent", () => {
    const splitter = new FrameSplitter();
    expect(splitter.push(Buffer.concat([bytesOf("A5 A5 00"), PUSH]))).toEqual([discarded("checksum", 1)]);
    expect(splitter.flush()).toEqual([discarded("stalled", 2), frameItem(PUSH)]);
  });

  it("gives up at once on a length that no frame has", () => {
    expect(new FrameSplitter().push(Buffer.concat([bytesOf("A5 00 00 00 01 3C FF FF"), PUSH]))).toEqual([
      discarded("length", 8),
      frameItem(PUSH),
    ]);
  });

  it("waits for a frame that has begun, and gives it up when the line stays silent", () => {
    const splitter = new FrameSplitter();
    expect(splitter.push(PAGE.subarray(0, 20))).toEqual([]);
    expect(splitter.flush()).toEqual([discarded("stalled", 20)]);
    expect(splitter.push(PUSH)).toEqual([frameItem(PUSH)]);
  });

  it("finds the frames behind a damaged length when the line falls silent", () => {
    const splitter = new FrameSplitter();
    const damaged = Buffer.from(COUNTS);
    damaged[7] = 0x02;
    expect(splitter.push(Buffer.concat([damaged, PUSH]))).toEqual([]);
    expect(splitter.flush()).toEqual([discarded("stalled", damaged.length), frameItem(PUSH)]);
  });

  it("holds at most one frame of endless garbage", () => {
    const splitter = new FrameSplitter();
    const random = seededRandom(1);
    for (let round = 0; round < 200; round++) {
      splitter.push(Uint8Array.from({ length: 4096 }, () => (random() < 0.3 ? 0xa5 : Math.floor(random() * 256))));
      expect(splitter.pendingBytes).toBeLessThan(FRAME_BYTES_MAX);
    }
  });
});

describe("a noisy line (seeded)", () => {
  it("never invents, loses or reorders a frame, and accounts for every byte", () => {
    for (let seed = 1; seed <= 3000; seed++) {
      const line = noisyLine(seededRandom(seed));
      const items = readInPieces(line.bytes, seededRandom(seed + 1_000_000));
      const frames = items.flatMap((item) => (item.type === "frame" ? [item.frame] : []));
      expect(frames, `seed ${seed}`).toEqual(line.good);
      expect(
        items.reduce((sum, item) => sum + item.lengthBytes, 0),
        `seed ${seed}`,
      ).toBe(line.bytes.length);
    }
  });

  it("takes nothing for a frame whose CRC is not right", () => {
    const random = seededRandom(7);
    for (let round = 0; round < 300; round++) {
      const bytes = Uint8Array.from({ length: 200 }, () => (random() < 0.2 ? 0xa5 : Math.floor(random() * 4)));
      for (const item of readInPieces(bytes, random)) {
        if (item.type === "frame") expect(carriesItsCrc(bytes, item.lengthBytes), `round ${round}`).toBe(true);
      }
    }
  });
});

/** Some 20 frames between noise; a third of them with one bit flipped or one byte lost. */
function noisyLine(random: Random): { bytes: Uint8Array; good: unknown[] } {
  const parts: Uint8Array[] = [];
  const good: unknown[] = [];
  for (let index = 0; index < 20; index++) {
    const frame = bytesOf(FRAME_VECTORS[Math.floor(random() * FRAME_VECTORS.length)]?.hex ?? "");
    const luck = random();
    if (luck < 0.15) parts.push(withFlippedBit(frame, random));
    else if (luck < 0.3) parts.push(withoutOneByte(frame, random));
    else {
      const decoded = decodeFrame(frame);
      if (decoded.ok) good.push(decoded.frame);
      parts.push(frame);
    }
    if (random() < 0.3) parts.push(noise(random));
  }
  return { bytes: Buffer.concat(parts), good };
}

function withFlippedBit(frame: Uint8Array, random: Random): Uint8Array {
  const copy = Buffer.from(frame);
  const at = Math.floor(random() * copy.length);
  copy[at] = (copy[at] as number) ^ (1 << Math.floor(random() * 8));
  return copy;
}

function withoutOneByte(frame: Uint8Array, random: Random): Uint8Array {
  const at = Math.floor(random() * frame.length);
  return Buffer.concat([frame.subarray(0, at), frame.subarray(at + 1)]);
}

function noise(random: Random): Uint8Array {
  return Uint8Array.from({ length: 1 + Math.floor(random() * 30) }, () => Math.floor(random() * 256));
}

function readInPieces(bytes: Uint8Array, random: Random): SplitItem[] {
  const splitter = new FrameSplitter();
  const items: SplitItem[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + Math.floor(random() * 64);
    items.push(...splitter.push(bytes.subarray(at, end)));
    at = end;
  }
  return [...items, ...splitter.flush()];
}

function carriesItsCrc(bytes: Uint8Array, lengthBytes: number): boolean {
  for (let at = 0; at + lengthBytes <= bytes.length; at++) {
    const end = at + lengthBytes - 2;
    if (crc16(bytes, at, end) === ((bytes[end] as number) | ((bytes[end + 1] as number) << 8))) return true;
  }
  return false;
}
