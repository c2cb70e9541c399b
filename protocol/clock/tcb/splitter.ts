/**
 * Cuts a stream of bytes into TC_B frames, whatever the reads were: frames split at any byte, glued together, with noise
 * between them. What is thrown away is reported, never silent. Holds at most one incomplete frame.
 */
import { decodeFrame, FRAME_BYTES_MAX, FRAME_START, measureFrame, type TcbFrame } from "./frame.ts";

/**
 * Why bytes were thrown away: `noise` before a start byte, `length` declared that no frame has, `crc` wrong, `stalled` in
 * mid-frame.
 */
export type DiscardReason = "noise" | "length" | "crc" | "stalled";

export type SplitItem =
  | { type: "frame"; frame: TcbFrame; lengthBytes: number }
  /** Only how many: the bytes may be a piece of a fingerprint template and are not handed on. */
  | { type: "discarded"; reason: DiscardReason; lengthBytes: number };

export class FrameSplitter {
  #pending: Uint8Array = new Uint8Array();

  /** Bytes of the frame that has begun; never more than one frame's maximum. */
  get pendingBytes(): number {
    return this.#pending.length;
  }

  /** Takes what one read gave and returns what it completes, in the order of the line. */
  push(chunk: Uint8Array): SplitItem[] {
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const { items, end } = split(bytes, "wait");
    this.#pending = Uint8Array.from(bytes.subarray(end));
    return items;
  }

  /**
   * The line has been silent for longer than a frame can pause: what is pending will not be completed. It may still hold
   * whole frames behind a damaged length, which are found.
   */
  flush(): SplitItem[] {
    const { items } = split(this.#pending, "give-up");
    this.#pending = new Uint8Array();
    return items;
  }
}

/** Splits `bytes`; `end` is where the incomplete rest begins (always the end when giving up). */
function split(bytes: Uint8Array, onIncomplete: "wait" | "give-up"): { items: SplitItem[]; end: number } {
  const items: SplitItem[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = bytes.indexOf(FRAME_START, at);
    if (start !== at) {
      const until = start === -1 ? bytes.length : start;
      discard(items, "noise", until - at);
      at = until;
      continue;
    }
    const taken = takeFrame(bytes, at);
    if (taken.type === "incomplete" && onIncomplete === "wait") break;
    if (taken.type === "frame") items.push(taken);
    else discard(items, taken.type === "incomplete" ? "stalled" : taken.reason, 1);
    at += taken.type === "frame" ? taken.lengthBytes : 1;
  }
  return { items, end: at };
}

type Taken = Extract<SplitItem, { type: "frame" }> | { type: "incomplete" } | { type: "bad"; reason: DiscardReason };

/**
 * A bad frame costs its start byte only, never the length it declares: that length may be the damaged part, and good
 * frames lie behind it.
 */
function takeFrame(bytes: Uint8Array, at: number): Taken {
  const measured = measureFrame(bytes, at, Math.min(bytes.length, at + FRAME_BYTES_MAX));
  if (measured.state === "incomplete") return { type: "incomplete" };
  if (measured.state === "invalid") return { type: "bad", reason: "length" };
  const decoded = decodeFrame(bytes.subarray(at, at + measured.lengthBytes));
  if (!decoded.ok) return { type: "bad", reason: "crc" };
  return { type: "frame", frame: decoded.frame, lengthBytes: measured.lengthBytes };
}

/** Noise that follows a bad start byte belongs to the same damage and is reported with it. */
function discard(items: SplitItem[], reason: DiscardReason, lengthBytes: number): void {
  const last = items.at(-1);
  if (last?.type === "discarded" && (reason === "noise" || last.reason === reason)) last.lengthBytes += lengthBytes;
  else items.push({ type: "discarded", reason, lengthBytes });
}
