import { describe, expect, it } from "vitest";
import {
  type Effect,
  type Exchange,
  type ExchangeState,
  INITIAL_STATE,
  type Input,
  step,
} from "../../../../collector/clocks/drivers/tcb-exchange.ts";
import { decodeFrame, type TcbFrame, type TcbRequest } from "../../../../protocol/clock/tcb/frame.ts";
import { FRAME_VECTORS } from "../../../protocol/clock/tcb/vectors.ts";
import { bytesOf } from "../../../support/hex.ts";

function vector(number: number): TcbFrame {
  return frameOf(FRAME_VECTORS.find((row) => row.number === number)?.hex ?? "");
}

function frameOf(hex: string): TcbFrame {
  const decoded = decodeFrame(bytesOf(hex));
  if (!decoded.ok) throw new Error(decoded.code);
  return decoded.frame;
}

const GET_COUNTS = vector(1) as TcbRequest;
const COUNTS = vector(2);
const PUSH = vector(16);
const REFUSED_PAGE = vector(5);
const HEARTBEAT_ANSWER = vector(19) as TcbRequest;
const GET_CLOCK_OF_5 = vector(14);
const HEARTBEAT: TcbFrame = { shape: "request", device: 1, command: 0x7f, data: new Uint8Array() };
const TEMPLATE: TcbFrame = { shape: "reply", device: 1, command: 0x44, status: 0, data: new Uint8Array(338) };
const COUNTS_OF_OTHER: TcbFrame = { ...COUNTS, device: 2 };

const ASK: Exchange = { id: 7, request: GET_COUNTS, timeoutMs: 1_000, attemptsMax: 2 };
const ASK_ONCE: Exchange = { ...ASK, attemptsMax: 1 };
const ANSWER: Exchange = { id: 8, request: HEARTBEAT_ANSWER, timeoutMs: undefined, attemptsMax: 1 };

const send: Effect = { do: "send", frame: GET_COUNTS };
const done = (sentTimes = 1): Effect => ({
  do: "finish",
  id: 7,
  outcome: { type: "reply", reply: COUNTS as never, sentTimes },
});
const counted = (oddity: string) => ({ do: "count", oddity });

/** Feeds the inputs one after the other; all effects, and the last state. */
function run(inputs: Input[], gapMs = 0): { effects: unknown[]; state: ExchangeState } {
  let state = INITIAL_STATE;
  const effects: unknown[] = [];
  for (const input of inputs) {
    const next = step(state, input, gapMs);
    state = next.state;
    effects.push(...next.effects);
  }
  return { effects, state };
}

const begin = (now: number, exchange = ASK): Input => ({ type: "begin", exchange, now });
const written = (now: number): Input => ({ type: "written", now });
const heard = (now: number, frame: TcbFrame): Input => ({ type: "frame", frame, now });
const due = (now: number): Input => ({ type: "due", now });

const CASES: [string, Input[], unknown[]][] = [
  [
    "a request is sent at once and its reply ends it",
    [begin(0), written(1), heard(40, COUNTS)],
    [send, { do: "wake", at: 1_001 }, done()],
  ],
  [
    "a reply can be here before the system has taken the request",
    [begin(0), heard(1, COUNTS), written(2)],
    [send, done()],
  ],
  [
    "a refusal is an answer",
    [begin(0, { ...ASK, request: vector(4) as TcbRequest }), written(1), heard(9, REFUSED_PAGE)],
    [
      { do: "send", frame: vector(4) },
      { do: "wake", at: 1_001 },
      { do: "finish", id: 7, outcome: { type: "reply", reply: REFUSED_PAGE, sentTimes: 1 } },
    ],
  ],
  [
    "a push between request and reply goes its own way",
    [begin(0), written(1), heard(20, PUSH), heard(40, COUNTS)],
    [send, { do: "wake", at: 1_001 }, { do: "deliver", frame: PUSH }, done()],
  ],
  ["a push with nothing in flight is delivered", [heard(5, PUSH)], [{ do: "deliver", frame: PUSH }]],
  ["a heartbeat is delivered", [heard(5, HEARTBEAT)], [{ do: "deliver", frame: HEARTBEAT }]],
  ["a heartbeat in a reply's shape too", [heard(5, vector(19))], [{ do: "deliver", frame: vector(19) }]],
  [
    "the reply of another device is not ours",
    [begin(0), written(1), heard(9, COUNTS_OF_OTHER), heard(40, COUNTS)],
    [send, { do: "wake", at: 1_001 }, counted("stray"), done()],
  ],
  [
    "the reply to another command is not ours",
    [begin(0), written(1), heard(9, vector(13)), heard(40, COUNTS)],
    [send, { do: "wake", at: 1_001 }, counted("stray"), done()],
  ],
  [
    "an RS485 adapter's echo of the request is not a reply",
    [begin(0), written(1), heard(9, GET_COUNTS), heard(40, COUNTS)],
    [send, { do: "wake", at: 1_001 }, counted("echo"), done()],
  ],
  ["another master's request is noticed", [heard(5, GET_CLOCK_OF_5)], [counted("foreign")]],
  [
    "a fingerprint template is dropped, also when it comes in an answer's place",
    [begin(0), written(1), heard(9, TEMPLATE), heard(40, COUNTS)],
    [send, { do: "wake", at: 1_001 }, counted("biometric"), done()],
  ],
  [
    "after a time-out the request is repeated once the late reply's time is over",
    [begin(0), written(1), due(1_001), due(2_001), written(2_001), heard(2_040, COUNTS)],
    [
      send,
      { do: "wake", at: 1_001 },
      counted("timeout"),
      { do: "wake", at: 2_001 },
      send,
      { do: "wake", at: 3_001 },
      done(2),
    ],
  ],
  [
    "a reply that is only late ends the exchange without a repeat",
    [begin(0), written(1), due(1_001), heard(1_500, COUNTS), due(2_001)],
    [send, { do: "wake", at: 1_001 }, counted("timeout"), { do: "wake", at: 2_001 }, done()],
  ],
  [
    "what may not be repeated fails at the first time-out",
    [begin(0, ASK_ONCE), written(1), due(1_001)],
    [send, { do: "wake", at: 1_001 }, counted("timeout"), { do: "finish", id: 7, outcome: { type: "timeout" } }],
  ],
  [
    "a stale reply never passes for the answer to the next request",
    [
      begin(0, ASK_ONCE),
      written(1),
      due(1_001),
      begin(1_002),
      heard(1_500, COUNTS),
      written(1_501),
      heard(1_540, COUNTS),
    ],
    [
      send,
      { do: "wake", at: 1_001 },
      counted("timeout"),
      { do: "finish", id: 7, outcome: { type: "timeout" } },
      { do: "wake", at: 2_001 },
      counted("stray"),
      send,
      { do: "wake", at: 2_501 },
      done(),
    ],
  ],
  [
    "the first reply to a repeated request leaves one owed, which is waited for",
    [
      begin(0),
      written(1),
      due(1_001),
      due(2_001),
      written(2_001),
      heard(2_010, COUNTS),
      begin(2_011),
      heard(2_050, COUNTS),
      written(2_051),
      heard(2_090, COUNTS),
    ],
    [
      send,
      { do: "wake", at: 1_001 },
      counted("timeout"),
      { do: "wake", at: 2_001 },
      send,
      { do: "wake", at: 3_001 },
      done(2),
      { do: "wake", at: 3_010 },
      counted("stray"),
      send,
      { do: "wake", at: 3_051 },
      done(),
    ],
  ],
  [
    "what expects no reply is over when it is written",
    [begin(0, ANSWER), written(3)],
    [
      { do: "send", frame: HEARTBEAT_ANSWER },
      { do: "finish", id: 8, outcome: { type: "no-reply-expected" } },
    ],
  ],
  [
    "a lost line ends the exchange",
    [begin(0), written(1), { type: "lost", now: 5 }],
    [send, { do: "wake", at: 1_001 }, { do: "finish", id: 7, outcome: { type: "lost" } }],
  ],
  [
    "a timer that fires early is wound up again",
    [begin(0), written(1), due(1_000.4), due(1_001)],
    [send, { do: "wake", at: 1_001 }, { do: "wake", at: 1_001 }, counted("timeout"), { do: "wake", at: 2_001 }],
  ],
];

describe("the exchange machine", () => {
  it.each(CASES)("%s", (_name, inputs, effects) => {
    expect(run(inputs).effects).toEqual(effects);
  });

  it("keeps the turn-around gap after whatever was heard", () => {
    const { effects } = run(
      [heard(100, PUSH), begin(150), due(300), written(301), heard(340, COUNTS), begin(341)],
      200,
    );
    expect(effects).toEqual([
      { do: "deliver", frame: PUSH },
      { do: "wake", at: 300 },
      send,
      { do: "wake", at: 1_301 },
      done(),
      { do: "wake", at: 540 },
    ]);
  });

  it("keeps the gap after noise too", () => {
    expect(run([{ type: "noise", now: 100 }, begin(150)], 200).effects).toEqual([{ do: "wake", at: 300 }]);
  });

  it("has one request in flight", () => {
    const { state } = run([begin(0), written(1)]);
    expect(() => step(state, begin(2), 0)).toThrow("under way");
  });

  it("owes nothing after a line was lost", () => {
    const { state } = run([begin(0, ASK_ONCE), written(1), due(1_001), begin(1_002), { type: "lost", now: 1_003 }]);
    expect(state).toEqual(INITIAL_STATE);
  });
});
