/** A TC_B clock in memory at the other end of a MemoryLine: its log, its marks, its time, and ways to misbehave. */

import { localOfInstant } from "../../../../protocol/clock/local-time.ts";
import {
  COMMANDS,
  type CommandName,
  commandNameOf,
  encodeRefusal,
  encodeReply,
  type RequestOf,
  requestCodec,
  STATUS,
} from "../../../../protocol/clock/tcb/commands.ts";
import { encodeFrame, type TcbRequest } from "../../../../protocol/clock/tcb/frame.ts";
import type { TcbRecord } from "../../../../protocol/clock/tcb/record.ts";
import type { TcbSettings } from "../../../../protocol/clock/tcb/settings.ts";
import { FrameSplitter } from "../../../../protocol/clock/tcb/splitter.ts";
import { secondsOfLocal } from "../../../../protocol/clock/tcb/time.ts";
import type { Clock } from "../../../../protocol/time.ts";
import type { MemoryLine } from "./memory-line.ts";

const ZONE = "Asia/Shanghai";

/** What a fault makes of the bytes of a reply; empty: it is lost. */
export type Fault = (reply: Uint8Array, command: CommandName) => Uint8Array;

export class ClockModel {
  readonly device: number;
  serial = "SN-0001";
  log: TcbRecord[] = [];
  /** Per record of `log`: still called new. */
  marks: boolean[] = [];
  /** As on some models: marks never go and a read from the first new record starts at the oldest. */
  marksMeanNothing = false;
  capacity = 50_000;
  settings: TcbSettings;
  /** Device clock minus true time. */
  offsetMs = 0;
  /** Set: it refuses to be set. */
  refusesTime = false;
  power = true;
  /** One a reply, the oldest first. */
  faults: Fault[] = [];
  replyMs = 5;
  /** Names of the commands it was asked, in order. */
  readonly asked: CommandName[] = [];
  readonly unmarked: number[] = [];
  heartbeatAnswers = 0;
  readonly #line: MemoryLine;
  readonly #clock: Clock;
  #splitter = new FrameSplitter();
  /** Where "continue" reads on, in terms of the list being read, and the page before. */
  #reading: { records: readonly TcbRecord[]; at: number; last: TcbRecord[] } | undefined;

  constructor(line: MemoryLine, clock: Clock, device = 1) {
    this.device = device;
    this.#line = line;
    this.#clock = clock;
    this.settings = { ...NO_SETTINGS, realTime: 1 };
    const before = line.device;
    line.device = (bytes) => {
      before(bytes);
      this.#hear(bytes);
    };
  }

  get deviceTime(): string {
    return localOfInstant(this.#clock.now() + this.offsetMs, ZONE);
  }

  get newRecords(): number {
    return this.marks.filter(Boolean).length;
  }

  /** Somebody punches: into the log, and pushed unless `push` is false. */
  punch(user: number, { push = this.settings.realTime === 1, kind = 0, at = this.deviceTime } = {}): TcbRecord {
    const record = { user, seconds: secondsOfLocal(at) ?? 0, verified: 1, kind, workCode: 0 };
    this.log.push(record);
    this.marks.push(true);
    if (push) this.push(record);
    return record;
  }

  push(record: TcbRecord): void {
    if (this.power) this.#line.receive(encodeReply("push", this.device, record));
  }

  sendRaw(bytes: Uint8Array): void {
    this.#line.receive(bytes);
  }

  clearLog(): void {
    this.log = [];
    this.marks = [];
  }

  #hear(bytes: Uint8Array): void {
    if (!this.power) return;
    for (const item of this.#splitter.push(bytes)) {
      if (item.type !== "frame" || item.frame.device !== this.device) continue;
      if (item.frame.shape === "request") this.#answer(item.frame);
      else if (item.frame.command === COMMANDS.heartbeat.code) this.heartbeatAnswers += 1;
    }
  }

  #answer(request: TcbRequest): void {
    const name = commandNameOf(request.command);
    if (!name) return;
    this.asked.push(name);
    const reply = this.#reply(name, request);
    const fault = this.faults.shift();
    const bytes = fault ? fault(reply, name) : reply;
    this.#clock.after(this.replyMs, () => {
      if (this.power) this.#line.receive(bytes);
    });
  }

  #reply(name: CommandName, { data }: TcbRequest): Uint8Array {
    const { device } = this;
    switch (name) {
      case "identify":
        return encodeReply("identify", device, IDENTITY);
      case "model":
        return encodeReply("model", device, "M3");
      case "serial":
        return encodeReply("serial", device, this.serial);
      case "counts":
        return encodeReply("counts", device, {
          ...NO_COUNTS,
          records: this.log.length,
          newRecords: this.marksMeanNothing ? this.log.length : this.newRecords,
        });
      case "capacity":
        return encodeReply("capacity", device, { users: 1_000, fingerprints: 2_000, records: this.capacity });
      case "getTime":
        return encodeReply("getTime", device, this.deviceTime);
      case "setTime":
        return this.#setTime(requestValue("setTime", data));
      case "getSettings":
        return encodeReply("getSettings", device, this.settings);
      case "setSettings":
        Object.assign(this.settings, requestValue("setSettings", data));
        return encodeReply("setSettings", device, null);
      case "page":
        return this.#page(requestValue("page", data));
      case "clear":
        return this.#unmark(requestValue("clear", data));
      default:
        return encodeRefusal(COMMANDS[name].code, device, STATUS.failed);
    }
  }

  #setTime(local: string): Uint8Array {
    if (this.refusesTime) return encodeRefusal(COMMANDS.setTime.code, this.device, STATUS.failed);
    const wanted = Date.parse(`${local}Z`);
    const true_ = Date.parse(`${localOfInstant(this.#clock.now(), ZONE)}Z`) + (this.#clock.now() % 1_000);
    this.offsetMs = wanted - true_;
    return encodeReply("setTime", this.device, null);
  }

  #page({ from, count }: RequestOf<"page">): Uint8Array {
    if (from === "oldest" || from === "oldestNew") {
      const all = from === "oldest" || this.marksMeanNothing;
      // The whole log goes on growing while it is read.
      const records = all ? this.log : this.log.filter((_, index) => this.marks[index]);
      this.#reading = { records, at: 0, last: [] };
    }
    const reading = this.#reading;
    if (!reading) return encodeRefusal(COMMANDS.page.code, this.device, STATUS.failed);
    if (from !== "resend") {
      reading.last = reading.records.slice(reading.at, reading.at + count);
      reading.at += reading.last.length;
    }
    return encodeReply("page", this.device, reading.last);
  }

  #unmark({ count }: RequestOf<"clear">): Uint8Array {
    this.unmarked.push(count);
    let left = this.marksMeanNothing ? 0 : count;
    for (let index = 0; index < this.marks.length && left > 0; index++) {
      if (!this.marks[index]) continue;
      this.marks[index] = false;
      left -= 1;
    }
    return encodeReply("clear", this.device, count);
  }
}

function requestValue<Name extends CommandName>(name: Name, data: Uint8Array): RequestOf<Name> {
  const decoded = requestCodec(name).decode(data);
  if (!decoded.ok) throw new Error(`the reader sent a bad ${name}: ${decoded.code}`);
  return decoded.value;
}

/** The reply never arrives. */
export const lost: Fault = () => new Uint8Array();

/** One bit is flipped in the middle. */
export const damaged: Fault = (reply) => {
  const copy = Uint8Array.from(reply);
  const at = copy.length >> 1;
  copy[at] = (copy[at] as number) ^ 0x10;
  return copy;
};

export function heartbeatOf(device: number): Uint8Array {
  return encodeFrame({ shape: "request", device, command: COMMANDS.heartbeat.code, data: new Uint8Array() });
}

const IDENTITY = {
  firmware: "03.26.93",
  password: { digits: 0, value: 0 },
  sleepMinutes: 10,
  volume: 5,
  language: 0,
  dateFormat: 0x20,
  attendanceState: 0,
  languageFlag: 0,
  commandVersion: 2,
};

const NO_COUNTS = { users: 3, fingerprints: 3, passwords: 0, cards: 0 };

const NO_SETTINGS: TcbSettings = {
  fingerPrecision: 1,
  wiegandHead: 0,
  wiegandOption: 0,
  workCodes: 0,
  realTime: 0,
  fingerUpdate: 0,
  relayMode: 0,
  lockDelaySeconds: 5,
  lowMemoryAlarm: 100,
  repeatPunchMinutes: 0,
  doorSensorSeconds: 0,
  bellDelay: 5,
  driftTrim: 0,
};
