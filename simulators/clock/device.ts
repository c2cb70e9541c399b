/** One simulated clock: hears requests, answers by its behaviours, takes punches, pushes them, and keeps the truth in its ledger. */
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import { type Answer, type ClockBehaviour, refuse } from "./behaviour.ts";
import { Ledger, type LedgerEntry } from "./ledger.ts";
import { RECORD_EPOCH_MS } from "./local-time.ts";
import { encodeEntry, type LogEntry } from "./log-memory.ts";
import { asciiField, COMMAND, STANDARD_BEHAVIOUR } from "./standard-behaviour.ts";
import {
  CLOCK_DEFAULTS,
  type ClockOptions,
  type ClockState,
  CONFIG_REAL_TIME,
  CONFIG_REPEAT_MINUTES,
  createState,
  isRealTime,
} from "./state.ts";
import { type HostFrame, HostFrameScanner, replyFrame, requestFrame } from "./wire.ts";

const HEARTBEAT_MS = 5 * 60_000;
const STARTED_BYTES = 16;
const MINUTE_MS = 60_000;
const FINGER_1 = 1;

export interface DeviceDeps {
  clock: Clock;
  log: Log;
}

export interface Punch {
  user: number;
  type?: number;
  /** Bit mask: 1 finger 1, 2 finger 2, 4 password, 8 card. */
  backup?: number;
  workCode?: number;
}

/** Why a clock took no punch: as at a real one, the person sees it on the display and nothing is recorded. */
export type PunchRefusal = "no-power" | "unknown-user" | "too-soon" | "log-full";
export type PunchResult = { made: true; entry: LedgerEntry } | { made: false; why: PunchRefusal };

export class ClockDevice {
  readonly state: ClockState;
  readonly ledger: Ledger;
  /** Frames for the line, whole. */
  onSend: (frame: Uint8Array) => void = () => {};
  /** Commands heard, by code: for tests that ask what was requested. */
  readonly heard = new Map<number, number>();
  #hasPower = false;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #behaviours: ClockBehaviour[] = [STANDARD_BEHAVIOUR];
  readonly #lastPunch = new Map<number, number>();
  #scanner = new HostFrameScanner();
  #cancelHeartbeat: (() => void) | undefined;

  constructor(options: Partial<ClockOptions>, deps: DeviceDeps) {
    const all = { ...CLOCK_DEFAULTS, ...options };
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.state = createState(all, deps.clock);
    this.ledger = new Ledger(all.serial, all.number);
  }

  /** Puts a behaviour on top of the others; the returned function takes it off again. */
  define(behaviour: ClockBehaviour): () => void {
    this.#behaviours.unshift(behaviour);
    return () => {
      const at = this.#behaviours.indexOf(behaviour);
      if (at >= 0) this.#behaviours.splice(at, 1);
    };
  }

  /** Bytes from the line. */
  receive(bytes: Uint8Array): void {
    if (!this.#hasPower) return;
    for (const frame of this.#scanner.push(bytes, this.#clock.monotonic())) this.#hear(frame);
  }

  /** Starts up and says so. A clock whose battery is flat comes up in the year 2000. */
  powerUp(options: { timeLost?: boolean } = {}): void {
    if (this.#hasPower) return;
    if (options.timeLost) this.state.dial.set(RECORD_EPOCH_MS);
    this.#hasPower = true;
    this.#send(replyFrame(this.#number, COMMAND.STARTED, 0, asciiField(this.state.options.serial, STARTED_BYTES)));
    this.#beat();
  }

  /** Forgets what it was doing; memory, marks and configuration stay, and the battery keeps the time. */
  powerDown(): void {
    this.#hasPower = false;
    this.#scanner = new HostFrameScanner();
    this.state.download = undefined;
    this.#cancelHeartbeat?.();
  }

  punch(punch: Punch): PunchResult {
    const why = this.#refusalOf(punch);
    if (why) return { made: false, why };
    const made = this.#recordOf(punch);
    const bytes = encodeEntry(made);
    if (!this.state.log.append(bytes)) return { made: false, why: "log-full" };
    this.#lastPunch.set(punch.user, made.dialMs);
    const entry = this.ledger.add(made, this.#clock.now());
    if (isRealTime(this.state)) this.#push(bytes, entry);
    return { made: true, entry };
  }

  /** Records that are in the memory already; they enter the ledger, for they were made. */
  remember(entries: readonly LogEntry[], isNew: boolean): void {
    for (const entry of entries) {
      if (this.state.log.append(encodeEntry(entry), isNew)) this.ledger.add(entry, this.#clock.now());
    }
  }

  /** As if the users had punched in turn, one a minute, up to a minute ago. */
  rememberPast(count: number, isNew: boolean): void {
    const users = [...this.state.users];
    const now = Math.floor(this.state.dial.read() / 1_000) * 1_000;
    const entryAt = (index: number): LogEntry => ({
      user: users[index % users.length] ?? 1,
      dialMs: now - (count - index) * MINUTE_MS,
      backup: FINGER_1,
      type: index % 2,
      workCode: 0,
    });
    this.remember(
      Array.from({ length: count }, (_, index) => entryAt(index)),
      isNew,
    );
  }

  setRealTime(on: boolean): void {
    this.state.configuration[CONFIG_REAL_TIME] = on ? 1 : 0;
  }

  /** A fingerprint template that nobody asked for; `bytes` must never be found again anywhere. */
  sendTemplate(bytes: Uint8Array): void {
    this.#send(replyFrame(this.#number, COMMAND.TEMPLATE, 0, bytes));
  }

  get #number(): number {
    return this.state.options.number;
  }

  #hear(frame: HostFrame): void {
    const isReply = frame.ret !== undefined;
    if (isReply || (frame.channel !== 0 && frame.channel !== this.#number)) return;
    this.heard.set(frame.command, (this.heard.get(frame.command) ?? 0) + 1);
    for (const behaviour of this.#behaviours) behaviour.onRequest?.(this.state, frame);
    const answer = this.#answerTo(frame);
    this.#log.debug({ clock: this.#number, command: frame.command, answer: logged(answer) }, "request");
    if (answer !== "silence") this.#send(replyFrame(this.#number, frame.command, answer.ret, answer.data));
  }

  #answerTo({ command, data }: HostFrame): Answer {
    for (const { answers } of this.#behaviours) {
      const answer = answers?.[command]?.(this.state, data);
      if (answer) return answer;
    }
    return refuse();
  }

  #refusalOf({ user }: Punch): PunchRefusal | undefined {
    if (!this.#hasPower) return "no-power";
    if (!this.state.users.has(user)) return "unknown-user";
    const pauseMs = (this.state.configuration[CONFIG_REPEAT_MINUTES] ?? 0) * MINUTE_MS;
    const sinceMs = this.state.dial.read() - (this.#lastPunch.get(user) ?? Number.NEGATIVE_INFINITY);
    return sinceMs >= 0 && sinceMs < pauseMs ? "too-soon" : undefined;
  }

  #recordOf(punch: Punch): LogEntry {
    return {
      user: punch.user,
      dialMs: Math.floor(this.state.dial.read() / 1_000) * 1_000,
      backup: punch.backup ?? FINGER_1,
      type: punch.type ?? 0,
      workCode: punch.workCode ?? 0,
    };
  }

  #push(record: Uint8Array, entry: LedgerEntry): void {
    entry.pushed = true;
    this.#send(replyFrame(this.#number, COMMAND.PUSH, 0, record));
    for (const behaviour of this.#behaviours) behaviour.onPushed?.(this.state);
  }

  #beat(): void {
    this.#cancelHeartbeat = this.#clock.after(HEARTBEAT_MS, () => {
      this.#send(requestFrame(this.#number, COMMAND.HEARTBEAT, new Uint8Array()));
      this.#beat();
    });
  }

  #send(frame: Uint8Array): void {
    if (this.#hasPower) this.onSend(frame);
  }
}

function logged(answer: Answer): string {
  return answer === "silence" ? answer : `ret ${answer.ret}, ${answer.data.length} B`;
}
