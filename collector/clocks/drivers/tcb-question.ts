/** What is asked over a TC_B bus, and how it waits for its turn. */
import type { TcbFrame, TcbReply, TcbRequest } from "../../../protocol/clock/tcb/frame.ts";
import type { AppError } from "../../../protocol/errors.ts";
import type { Exchange } from "./tcb-exchange.ts";

export interface Question {
  request: TcbRequest;
  /** The longest data that the answer can have. */
  replyBytesMax: number;
  attemptsMax: number;
}

export interface Reply {
  reply: TcbReply;
  /** ms since 1970: when the last request was sent, and when the reply's last byte was there. */
  sentAt: number;
  receivedAt: number;
}

export interface Waiting {
  device: number;
  exchange: Exchange;
  sentAt: number;
  /** Monotonic ms: when it got the line. */
  begunAt: number;
  resolve(reply: Reply | undefined): void;
  reject(error: AppError): void;
}

export type FrameHandler = (frame: TcbFrame, receivedAt: number) => void;
