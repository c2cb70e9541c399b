/** What devices and the vendor's own client put on the line. Never made by this project's encoder. */
import type { CommandName, ReplyOf, RequestOf } from "../../../../protocol/clock/tcb/commands.ts";

const VENDOR_CLIENT = "log of the vendor's client";
const BENPERITON = "capture in benperiton/anviz-tc-b";
const STACKOVERFLOW = "StackOverflow question 18929423";
const PHANVIZ = "capture in murat11/phanviz";

interface Common {
  number: number;
  meaning: string;
  source: string;
  hex: string;
  device: number;
}

type Request = { [Name in CommandName]: { shape: "request"; command: Name; value: RequestOf<Name> } }[CommandName];
type Reply = { [Name in CommandName]: { shape: "reply"; command: Name; value: ReplyOf<Name> } }[CommandName];
type Refusal = { shape: "refusal"; command: CommandName; status: number };

export type FrameVector = Common & (Request | Reply | Refusal);

export const FRAME_VECTORS: FrameVector[] = [
  {
    number: 1,
    meaning: "get counts",
    source: VENDOR_CLIENT,
    hex: "A5 00 00 00 01 3C 00 00 49 A9",
    device: 1,
    shape: "request",
    command: "counts",
    value: null,
  },
  {
    number: 2,
    meaning: "counts: 51 of 50,000 records are new",
    source: VENDOR_CLIENT,
    hex: "A5 00 00 00 01 BC 00 00 12 00 00 BD 00 01 38 00 00 0C 00 00 07 00 C3 50 00 00 33 24 EC",
    device: 1,
    shape: "reply",
    command: "counts",
    value: { users: 189, fingerprints: 312, passwords: 12, cards: 7, records: 50_000, newRecords: 51 },
  },
  {
    number: 3,
    meaning: "records, restart at new",
    source: VENDOR_CLIENT,
    hex: "A5 00 00 00 01 40 00 02 02 19 3E C0",
    device: 1,
    shape: "request",
    command: "page",
    value: { from: "oldestNew", count: 25 },
  },
  {
    number: 4,
    meaning: "records, continue",
    source: VENDOR_CLIENT,
    hex: "A5 00 00 00 01 40 00 02 00 19 8E F3",
    device: 1,
    shape: "request",
    command: "page",
    value: { from: "continue", count: 25 },
  },
  {
    number: 5,
    meaning: "refused: continue without a start",
    source: BENPERITON,
    hex: "A5 00 00 00 01 C0 01 00 00 AF 65",
    device: 1,
    shape: "refusal",
    command: "page",
    status: 1,
  },
  {
    number: 6,
    meaning: "a page of one record: user 1, 2026-09-03 09:07:28",
    source: VENDOR_CLIENT,
    hex: "A5 00 00 00 01 C0 00 00 0F 01 00 00 00 00 01 32 2A A3 D0 01 00 00 00 00 F4 C6",
    device: 1,
    shape: "reply",
    command: "page",
    value: [{ user: 1, seconds: 0x322aa3d0, verified: 1, kind: 0, workCode: 0 }],
  },
  {
    number: 7,
    meaning: "unmark exactly 51",
    source: VENDOR_CLIENT,
    hex: "A5 00 00 00 01 4E 00 04 02 00 00 33 94 4D",
    device: 1,
    shape: "request",
    command: "clear",
    value: { what: "unmark", count: 51 },
  },
  {
    number: 8,
    meaning: "identify",
    source: VENDOR_CLIENT,
    hex: "A5 00 00 00 01 30 00 00 EA 0C",
    device: 1,
    shape: "request",
    command: "identify",
    value: null,
  },
  {
    number: 9,
    meaning: "firmware 03.26.93",
    source: VENDOR_CLIENT,
    hex: "A5 00 00 00 01 B0 00 00 12 30 33 2E 32 36 2E 39 33 40 1A 81 0A 05 00 20 00 00 02 DF 36",
    device: 1,
    shape: "reply",
    command: "identify",
    value: {
      firmware: "03.26.93",
      password: { digits: 4, value: 6785 },
      sleepMinutes: 10,
      volume: 5,
      language: 0,
      dateFormat: 0x20,
      attendanceState: 0,
      languageFlag: 0,
      commandVersion: 2,
    },
  },
  {
    number: 10,
    meaning: "get configuration 2",
    source: BENPERITON,
    hex: "A5 00 00 00 01 32 00 00 52 B9",
    device: 1,
    shape: "request",
    command: "getSettings",
    value: null,
  },
  {
    number: 11,
    meaning: "configuration 2: real-time on, alarm at 100",
    source: BENPERITON,
    hex: "A5 00 00 00 01 B2 00 00 0F 01 80 00 01 01 01 00 05 00 00 64 00 00 05 00 3A A7",
    device: 1,
    shape: "reply",
    command: "getSettings",
    value: {
      fingerPrecision: 1,
      wiegandHead: 0x80,
      wiegandOption: 0,
      workCodes: 1,
      realTime: 1,
      fingerUpdate: 1,
      relayMode: 0,
      lockDelaySeconds: 5,
      lowMemoryAlarm: 100,
      repeatPunchMinutes: 0,
      doorSensorSeconds: 0,
      bellDelay: 5,
      driftTrim: 0,
    },
  },
  {
    number: 12,
    meaning: "get clock",
    source: BENPERITON,
    hex: "A5 00 00 00 01 38 00 00 28 CA",
    device: 1,
    shape: "request",
    command: "getTime",
    value: null,
  },
  {
    number: 13,
    meaning: "the clock shows 2014-07-15 12:16:28",
    source: BENPERITON,
    hex: "A5 00 00 00 01 B8 00 00 06 0E 07 0F 0C 10 1C 71 38",
    device: 1,
    shape: "reply",
    command: "getTime",
    value: "2014-07-15T12:16:28",
  },
  {
    number: 14,
    meaning: "get clock of device 5",
    source: STACKOVERFLOW,
    hex: "A5 00 00 00 05 38 00 00 C4 B8",
    device: 5,
    shape: "request",
    command: "getTime",
    value: null,
  },
  {
    number: 15,
    meaning: "get counts of device 6",
    source: STACKOVERFLOW,
    hex: "A5 00 00 00 06 3C 00 00 68 FE",
    device: 6,
    shape: "request",
    command: "counts",
    value: null,
  },
  {
    number: 16,
    meaning: "live push: user 38, 2020-01-02 13:29:14",
    source: PHANVIZ,
    hex: "A5 00 00 00 01 DF 00 00 0E 00 00 00 00 26 25 9F 5B 2A 01 02 00 00 00 D5 09",
    device: 1,
    shape: "reply",
    command: "push",
    value: { user: 38, seconds: 0x259f5b2a, verified: 1, kind: 2, workCode: 0 },
  },
  {
    number: 17,
    meaning: "the same punch, downloaded",
    source: PHANVIZ,
    hex: "A5 00 00 00 01 C0 00 00 0F 01 00 00 00 00 26 25 9F 5B 2A 01 02 00 00 00 AF 90",
    device: 1,
    shape: "reply",
    command: "page",
    value: [{ user: 38, seconds: 0x259f5b2a, verified: 1, kind: 2, workCode: 0 }],
  },
  {
    number: 19,
    meaning: "heartbeat answer",
    source: "MxLabs/Anviz issue 20",
    hex: "A5 00 00 00 01 FF 00 00 00 78 C1",
    device: 1,
    shape: "reply",
    command: "heartbeat",
    value: null,
  },
];

/** Number 18: a record alone. What the vendor's program shows for it settles the epoch. */
export const RECORD_VECTOR = {
  number: 18,
  source: VENDOR_CLIENT,
  hex: "00 02 97 BC E7 32 29 89 D0 01 01 00 00 00",
  value: { user: 43_498_727, seconds: 0x322989d0, verified: 1, kind: 1, workCode: 0 },
};

/** What seconds mean, as the vendor's program shows them. */
export const TIME_VECTORS = [
  { seconds: 0x322989d0, local: "2026-09-02T13:04:16", source: VENDOR_CLIENT },
  { seconds: 0x322aa3d0, local: "2026-09-03T09:07:28", source: VENDOR_CLIENT },
  { seconds: 0x259f5b2a, local: "2020-01-02T13:29:14", source: PHANVIZ },
];

/** Frames of the table above, damaged: bytes, what is wrong, and the code that says so. */
export const BROKEN_FRAMES = [
  ["", "nothing", "truncated"],
  ["A5 00 00", "ends in the device number", "truncated"],
  ["A5 00 00 00 01 3C 00 00 49", "ends in the CRC", "truncated"],
  ["A5 00 00 00 01 BC 00 00", "ends in a reply's length", "truncated"],
  ["5A 00 00 00 01 3C 00 00 49 A9", "another start byte", "no-start"],
  ["A5 00 00 00 01 3C 00 00 49 A8", "one bit of the CRC flipped", "bad-crc"],
  ["A5 00 00 00 01 3C 00 00 A9 49", "CRC bytes the wrong way round", "bad-crc"],
  ["A5 00 00 00 02 3C 00 00 49 A9", "device number changed", "bad-crc"],
  ["A5 00 00 00 01 3C 02 59 49 A9", "601 data bytes declared", "length-too-long"],
  ["A5 00 00 00 01 3C 00 00 49 A9 00", "a byte too many", "trailing-bytes"],
] as const;

/** Data of good frames that no command has: command, direction, data, code. */
export const BROKEN_DATA = [
  ["counts", "reply", "00 00 BD", "wrong-length"],
  ["page", "reply", "", "wrong-length"],
  ["page", "reply", "02 00 00 00 00 01 32 2A A3 D0 01 00 00 00 00", "bad-count"],
  ["page", "reply", "01 00 00 00 00 01 32 2A A3 D0 01 00 00 00", "bad-count"],
  ["page", "reply", "1A", "bad-count"],
  ["page", "request", "03 19", "bad-value"],
  ["page", "request", "00 1A", "bad-value"],
  ["clear", "request", "03 00 00 33", "bad-value"],
  ["getTime", "reply", "0E 00 0F 0C 10 1C", "bad-value"],
  ["getTime", "reply", "0E 02 1E 0C 10 1C", "bad-value"],
  ["getTime", "reply", "0E 07 0F 18 10 1C", "bad-value"],
  ["push", "reply", "00 00 00 00 26 25 9F 5B 2A 01 02 00 00", "wrong-length"],
] as const;
