/** The stream splitter for TC_B frames. */
import { type SplitItem as AnySplitItem, type FrameFormat, StreamSplitter } from "../stream-splitter.ts";
import { decodeFrame, FRAME_BYTES_MAX, FRAME_START, measureFrame, type TcbFrame } from "./frame.ts";

export type SplitItem = AnySplitItem<TcbFrame>;

const TCB_FORMAT: FrameFormat<TcbFrame> = {
  startByte: FRAME_START,
  frameBytesMax: FRAME_BYTES_MAX,
  measure: measureFrame,
  decode(bytes) {
    const decoded = decodeFrame(bytes);
    return decoded.ok ? decoded.frame : undefined;
  },
};

export class FrameSplitter extends StreamSplitter<TcbFrame> {
  constructor() {
    super(TCB_FORMAT);
  }
}
