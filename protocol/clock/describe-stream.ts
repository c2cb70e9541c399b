/** Describes every byte of a stream whose frames a FrameFormat knows. */
import { type DiscardReason, type FrameFormat, StreamSplitter } from "./stream-splitter.ts";
import type { DescribedField, Description } from "./tcb/describe.ts";
import type { Words } from "./tcb/words.ts";

export const NO_FRAME: Words = { zh: "坏字节", en: "bad bytes" };

const DAMAGE: Record<DiscardReason, Words> = {
  noise: { zh: "不是帧的开头：噪声，或者波特率不对", en: "no start of a frame: noise, or another rate" },
  length: { zh: "长度字段不合理", en: "a length that no frame has" },
  checksum: { zh: "校验和不对", en: "the checksum is wrong" },
  stalled: { zh: "帧不完整", en: "the frame is cut short" },
};

export type FrameWords = { title: Words; fields: DescribedField[] };

export function describeStream<Frame>(
  format: FrameFormat<Frame>,
  bytes: Uint8Array,
  describe: (frame: Frame) => FrameWords,
): Description[] {
  const splitter = new StreamSplitter(format);
  let offset = 0;
  return [...splitter.push(bytes), ...splitter.flush()].map((item) => {
    const words =
      item.type === "frame"
        ? describe(item.frame)
        : { title: NO_FRAME, fields: [], problem: { code: item.reason, words: DAMAGE[item.reason] } };
    const description = { offset, lengthBytes: item.lengthBytes, ...words };
    offset += item.lengthBytes;
    return description;
  });
}

export function field(name: string, zh: string, en: string, value: string | number): DescribedField {
  return { name, words: { zh, en }, value: String(value) };
}

export function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}
