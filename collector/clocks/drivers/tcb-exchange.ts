/**
 * The rules of talking on a TC_B line, as a pure function: one request in flight, the turn-around gap, time-outs and
 * repeats, and what is to be done with each frame that comes in. tcb-bus.ts performs what it asks for.
 *
 * After a time-out the reply may still come, and would then pass for the answer to the next request of the same kind: a
 * page of the log would be taken twice and the next one never. Such a reply is *owed*, and nothing is sent before it came or its
 * time is over.
 */
import { COMMANDS, isBiometric } from "../../../protocol/clock/tcb/commands.ts";
import type { TcbFrame, TcbReply, TcbRequest } from "../../../protocol/clock/tcb/frame.ts";

export interface Exchange {
  id: number;
  request: TcbRequest | TcbReply;
  /** How long the reply may take; undefined where none is expected. */
  timeoutMs: number | undefined;
  /** 1: never repeated, because repeating would do something else than sending once. */
  attemptsMax: number;
}

export type Phase =
  | { name: "idle" }
  | { name: "waiting"; exchange: Exchange; sent: number; until: number }
  | { name: "sending"; exchange: Exchange; sent: number }
  | { name: "awaiting"; exchange: Exchange; sent: number; deadline: number };

interface Owed {
  device: number;
  command: number;
  replies: number;
  until: number;
}

export interface ExchangeState {
  phase: Phase;
  /** No sending before this: the gap after the last thing heard or said. */
  quietUntil: number;
  owed: Owed | undefined;
}

export const INITIAL_STATE: ExchangeState = { phase: { name: "idle" }, quietUntil: 0, owed: undefined };

/** `now` is monotonic ms. */
export type Input = { now: number } & (
  | { type: "begin"; exchange: Exchange }
  | { type: "written" }
  | { type: "frame"; frame: TcbFrame }
  | { type: "noise" }
  | { type: "due" }
  | { type: "lost" }
);

export type Outcome =
  | { type: "reply"; reply: TcbReply; sentTimes: number }
  | { type: "no-reply-expected" }
  | { type: "timeout" }
  | { type: "lost" };

/** What frames were that were neither a reply in time nor for anybody: counted, then forgotten. */
export type Oddity = "timeout" | "stray" | "echo" | "foreign" | "biometric";

export type Effect =
  | { do: "send"; frame: TcbFrame }
  /** Feed `due` at that time; replaces an earlier wish. */
  | { do: "wake"; at: number }
  | { do: "finish"; id: number; outcome: Outcome }
  /** Sent by a device unasked: push, heartbeat, start-up notice. */
  | { do: "deliver"; frame: TcbFrame }
  | { do: "count"; oddity: Oddity };

export interface Step {
  state: ExchangeState;
  effects: Effect[];
}

/** The transition. `begin` while another exchange is under way is the caller's mistake and throws. */
export function step(state: ExchangeState, input: Input, gapMs: number): Step {
  switch (input.type) {
    case "begin":
      return begin(state, input.exchange, input.now);
    case "written":
      return written(state, input.now, gapMs);
    case "frame":
      return take({ ...state, quietUntil: input.now + gapMs }, input.frame, input.now);
    case "noise":
      return stay({ ...state, quietUntil: input.now + gapMs });
    case "due":
      return due(state, input.now);
    case "lost":
      return finish({ ...INITIAL_STATE, phase: state.phase }, { type: "lost" });
  }
}

function begin(state: ExchangeState, exchange: Exchange, now: number): Step {
  if (state.phase.name !== "idle") throw new Error("an exchange is under way");
  return sendWhenQuiet(state, exchange, 0, now);
}

function sendWhenQuiet(state: ExchangeState, exchange: Exchange, sent: number, now: number): Step {
  const owed = state.owed && state.owed.until > now ? state.owed : undefined;
  const until = Math.max(state.quietUntil, owed?.until ?? 0);
  if (until <= now) {
    return {
      state: { ...state, owed, phase: { name: "sending", exchange, sent: sent + 1 } },
      effects: [{ do: "send", frame: exchange.request }],
    };
  }
  return {
    state: { ...state, owed, phase: { name: "waiting", exchange, sent, until } },
    effects: [{ do: "wake", at: until }],
  };
}

function written(state: ExchangeState, now: number, gapMs: number): Step {
  // The reply can be here before the system has said that it took the request.
  if (state.phase.name !== "sending") return stay(state);
  const { exchange, sent } = state.phase;
  if (exchange.timeoutMs === undefined) {
    return finish({ ...state, quietUntil: now + gapMs }, { type: "no-reply-expected" });
  }
  const deadline = now + exchange.timeoutMs;
  return {
    state: { ...state, phase: { name: "awaiting", exchange, sent, deadline } },
    effects: [{ do: "wake", at: deadline }],
  };
}

function due(state: ExchangeState, now: number): Step {
  const { phase } = state;
  if (phase.name !== "waiting" && phase.name !== "awaiting") return stay(state);
  const at = phase.name === "waiting" ? phase.until : phase.deadline;
  // Timers may fire a fraction of a millisecond early by the monotonic clock.
  if (now < at) return { state, effects: [{ do: "wake", at }] };
  if (phase.name === "waiting") return sendWhenQuiet(state, phase.exchange, phase.sent, now);
  return timeOut(state, phase.exchange, phase.sent, now);
}

function timeOut(state: ExchangeState, exchange: Exchange, sent: number, now: number): Step {
  const owing = { ...state, owed: owedReplies(exchange, sent, now) };
  const next =
    sent < exchange.attemptsMax ? sendWhenQuiet(owing, exchange, sent, now) : finish(owing, { type: "timeout" });
  return { state: next.state, effects: [{ do: "count", oddity: "timeout" }, ...next.effects] };
}

function owedReplies({ request, timeoutMs }: Exchange, replies: number, now: number): Owed | undefined {
  if (replies === 0) return undefined;
  return { device: request.device, command: request.command, replies, until: now + (timeoutMs ?? 0) };
}

function take(state: ExchangeState, frame: TcbFrame, now: number): Step {
  if (isBiometric(frame.command)) return count(state, "biometric");
  if (frame.shape === "request") return takeRequest(state, frame);
  if (answers(state.phase, frame)) return takeReply(state, frame, now);
  if (isUnasked(frame)) return { state, effects: [{ do: "deliver", frame }] };
  return takeStray(state, frame, now);
}

/** A request comes from a device as its heartbeat, from an RS485 adapter as our own echo, or from another master. */
function takeRequest(state: ExchangeState, frame: TcbRequest): Step {
  const heartbeat = frame.command === COMMANDS.heartbeat.code;
  if (heartbeat) return { state, effects: [{ do: "deliver", frame }] };
  return count(state, isEcho(state.phase, frame) ? "echo" : "foreign");
}

function isEcho(phase: Phase, frame: TcbRequest): boolean {
  if (phase.name === "idle") return false;
  const { request } = phase.exchange;
  return request.device === frame.device && request.command === frame.command;
}

/** Also while waiting to repeat: the reply was only late. */
function answers(phase: Phase, frame: TcbReply): boolean {
  if (phase.name === "idle" || (phase.name === "waiting" && phase.sent === 0)) return false;
  const { request, timeoutMs } = phase.exchange;
  return timeoutMs !== undefined && request.device === frame.device && request.command === frame.command;
}

function takeReply(state: ExchangeState, reply: TcbReply, now: number): Step {
  if (state.phase.name === "idle") return stay(state);
  const { exchange, sent } = state.phase;
  const owed = owedReplies(exchange, sent - 1, now);
  return finish({ ...state, owed }, { type: "reply", reply, sentTimes: sent });
}

function isUnasked(frame: TcbReply): boolean {
  const { push, started, heartbeat } = COMMANDS;
  return [push.code, started.code, heartbeat.code].some((code) => code === frame.command);
}

function takeStray(state: ExchangeState, frame: TcbReply, now: number): Step {
  const { owed } = state;
  if (!owed || owed.device !== frame.device || owed.command !== frame.command) return count(state, "stray");
  const rest = owed.replies > 1 ? { ...owed, replies: owed.replies - 1 } : undefined;
  const paid = count({ ...state, owed: rest }, "stray");
  if (rest || state.phase.name !== "waiting") return paid;
  const next = sendWhenQuiet(paid.state, state.phase.exchange, state.phase.sent, now);
  return { state: next.state, effects: [...paid.effects, ...next.effects] };
}

function finish(state: ExchangeState, outcome: Outcome): Step {
  if (state.phase.name === "idle") return stay(state);
  const { id } = state.phase.exchange;
  return { state: { ...state, phase: { name: "idle" } }, effects: [{ do: "finish", id, outcome }] };
}

function stay(state: ExchangeState): Step {
  return { state, effects: [] };
}

function count(state: ExchangeState, oddity: Oddity): Step {
  return { state, effects: [{ do: "count", oddity }] };
}
