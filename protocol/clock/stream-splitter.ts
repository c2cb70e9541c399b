/**
 * Cuts a stream of bytes into the frames of one format, whatever the reads were: frames split at any byte, glued together,
 * with noise between them. What is thrown away is reported, never silent. Holds at most one incomplete frame.
 */

export type MeasuredFrame = { state: "complete"; lengthBytes: number } | { state: "incomplete" } | { state: "invalid" };

export interface FrameFormat<Frame> {
  /** The first byte of every frame. */
  startByte: number;
  frameBytesMax: number;
  /** Reads the length of a frame that starts at `at` from the bytes before `end`; does not look at its checksum. */
  measure(bytes: Uint8Array, at: number, end: number): MeasuredFrame;
  /** Decodes exactly one measured frame; undefined for a wrong checksum. The frame holds copies. */
  decode(bytes: Uint8Array): Frame | undefined;
}

/** Why bytes were thrown away: `noise` before a frame, a `length` or `checksum` that is wrong, `stalled` in mid-frame. */
export type DiscardReason = "noise" | "length" | "checksum" | "stalled";

export type SplitItem<Frame> =
  | { type: "frame"; frame: Frame; lengthBytes: number }
  /** Only how many: the bytes may be a piece of a fingerprint template and are not handed on. */
  | { type: "discarded"; reason: DiscardReason; lengthBytes: number };

export class StreamSplitter<Frame> {
  readonly #format: FrameFormat<Frame>;
  #pending: Uint8Array = new Uint8Array();

  constructor(format: FrameFormat<Frame>) {
    this.#format = format;
  }

  /** Bytes of the frame that has begun; never more than one frame's maximum. */
  get pendingBytes(): number {
    return this.#pending.length;
  }

  /** Takes what one read gave and returns what it completes, in the order of the line. */
  push(chunk: Uint8Array): SplitItem<Frame>[] {
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const { items, end } = split(bytes, this.#format, "wait");
    this.#pending = Uint8Array.from(bytes.subarray(end));
    return items;
  }

  /** The line has been silent for longer than a frame can pause; whole frames behind a damaged length are still found. */
  flush(): SplitItem<Frame>[] {
    const { items } = split(this.#pending, this.#format, "give-up");
    this.#pending = new Uint8Array();
    return items;
  }
}

function split<Frame>(bytes: Uint8Array, format: FrameFormat<Frame>, onIncomplete: "wait" | "give-up") {
  const items: SplitItem<Frame>[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = bytes.indexOf(format.startByte, at);
    if (start !== at) {
      const until = start === -1 ? bytes.length : start;
      discard(items, "noise", until - at);
      at = until;
      continue;
    }
    const taken = take(bytes, at, format);
    if (taken.type === "incomplete" && onIncomplete === "wait") break;
    if (taken.type === "frame") items.push(taken);
    else discard(items, taken.type === "incomplete" ? "stalled" : taken.reason, 1);
    at += taken.type === "frame" ? taken.lengthBytes : 1;
  }
  return { items, end: at };
}

type Taken<Frame> =
  | Extract<SplitItem<Frame>, { type: "frame" }>
  | { type: "incomplete" }
  | { type: "bad"; reason: DiscardReason };

/** A bad frame costs its start byte only: the length that it declares may be the damaged part, with good frames behind it. */
function take<Frame>(bytes: Uint8Array, at: number, format: FrameFormat<Frame>): Taken<Frame> {
  const measured = format.measure(bytes, at, Math.min(bytes.length, at + format.frameBytesMax));
  if (measured.state === "incomplete") return { type: "incomplete" };
  if (measured.state === "invalid") return { type: "bad", reason: "length" };
  const frame = format.decode(bytes.subarray(at, at + measured.lengthBytes));
  if (frame === undefined) return { type: "bad", reason: "checksum" };
  return { type: "frame", frame, lengthBytes: measured.lengthBytes };
}

/** Noise that follows a bad start byte belongs to the same damage and is reported with it. */
function discard<Frame>(items: SplitItem<Frame>[], reason: DiscardReason, lengthBytes: number): void {
  const last = items.at(-1);
  if (last?.type === "discarded" && (reason === "noise" || last.reason === reason)) last.lengthBytes += lengthBytes;
  else items.push({ type: "discarded", reason, lengthBytes });
}
