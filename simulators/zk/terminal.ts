/** One simulated ZK terminal: takes punches, keeps a log, answers connections by its behaviours, keeps the truth in its ledger. */
import type { Clock } from "../../protocol/time.ts";
import { Ledger, type LedgerEntry } from "../clock/ledger.ts";
import type { LogEntry } from "../clock/log-memory.ts";
import type { Answer, Asked, TerminalBehaviour } from "./behaviour.ts";
import { writeEntry, writeEvent } from "./records.ts";
import { STANDARD_BEHAVIOUR } from "./standard-behaviour.ts";
import { createState, TERMINAL_DEFAULTS, type TerminalOptions, type TerminalState, uidOf } from "./state.ts";
import { COMMAND, expectedKey, HostPacketScanner, packet } from "./wire.ts";

const ATTENDANCE_EVENT = 1;
const FINGER = 1;
const MINUTE_MS = 60_000;
const DEVICE = 1;
/** An empty battery brings a terminal up here. */
const RESET_DIAL_MS = Date.UTC(2000, 0, 1);
const TICKS_AT = 2;

export type PunchResult =
  | { made: true; entry: LedgerEntry }
  | { made: false; why: "no-power" | "unknown-user" | "log-full" };

export interface Connection {
  receive(bytes: Uint8Array): void;
}

interface Session {
  id: number;
  isTrusted: boolean;
  context: Asked["connection"];
  scanner: HostPacketScanner;
  send(bytes: Uint8Array): void;
  end(): void;
}

export class ZkTerminal {
  readonly state: TerminalState;
  readonly ledger: Ledger;
  /** Commands heard, by code. */
  readonly heard = new Map<number, number>();
  acknowledged = 0;
  hasPower = true;
  readonly #clock: Clock;
  readonly #behaviours: TerminalBehaviour[] = [STANDARD_BEHAVIOUR];
  readonly #sessions = new Set<Session>();
  #nextSession = 1;

  constructor(options: Partial<TerminalOptions>, deps: { clock: Clock }) {
    const all = { ...TERMINAL_DEFAULTS, ...options };
    this.#clock = deps.clock;
    this.state = createState(all, deps.clock);
    this.ledger = new Ledger(all.serial, DEVICE);
  }

  /** Puts a behaviour on top of the others; the returned function takes it off again. */
  define(behaviour: TerminalBehaviour): () => void {
    this.#behaviours.unshift(behaviour);
    return () => {
      const at = this.#behaviours.indexOf(behaviour);
      if (at >= 0) this.#behaviours.splice(at, 1);
    };
  }

  /** A new connection; `send` takes whole packets, `end` hangs up. */
  accept(send: (bytes: Uint8Array) => void, end: () => void): Connection & { closed(): void } {
    const id = 0x1000 + (this.#nextSession++ % 0xe000);
    const context = { prepared: new Uint8Array(), events: 0 };
    const session: Session = { id, isTrusted: false, context, scanner: new HostPacketScanner(), send, end };
    this.#sessions.add(session);
    return {
      receive: (bytes) => {
        for (const { command, reply, data } of session.scanner.push(bytes)) this.#hear(session, command, reply, data);
      },
      closed: () => this.#sessions.delete(session),
    };
  }

  powerDown(): void {
    this.hasPower = false;
    for (const session of this.#sessions) session.end();
    this.#sessions.clear();
  }

  powerUp(options: { timeLost?: boolean } = {}): void {
    if (options.timeLost) this.state.dial.set(RESET_DIAL_MS);
    this.hasPower = true;
  }

  punch({ user, type = 0 }: { user: number; type?: number }): PunchResult {
    const { state } = this;
    if (!this.hasPower) return { made: false, why: "no-power" };
    if (!state.users.includes(user)) return { made: false, why: "unknown-user" };
    if (state.log.length >= state.options.capacity) return { made: false, why: "log-full" };
    const dialMs = Math.floor(state.dial.read() / 1000) * 1000;
    const made: LogEntry = { user, dialMs, backup: FINGER, type, workCode: 0 };
    const entry = this.#keep(made);
    entry.pushed = this.#push(made);
    return { made: true, entry };
  }

  /** As if the users had punched in turn, one a minute, up to a minute ago. */
  rememberPast(count: number): void {
    const { users } = this.state;
    const now = Math.floor(this.state.dial.read() / 1000) * 1000;
    for (let index = 0; index < count; index++) {
      const dialMs = now - (count - index) * MINUTE_MS;
      this.#keep({ user: users[index % users.length] ?? 1, dialMs, backup: FINGER, type: index % 2, workCode: 0 });
    }
  }

  /** A template that nobody asked for; its bytes must never be found again anywhere. */
  sendTemplate(bytes: Uint8Array): void {
    const ENROLMENT_EVENT = 8;
    for (const { send } of this.#sessions) send(packet(COMMAND.EVENTS, ENROLMENT_EVENT, 0, bytes));
  }

  #keep(made: LogEntry): LedgerEntry {
    this.state.log.push(writeEntry(this.state.options.entrySize, uidOf(this.state, made.user), made));
    return this.ledger.add(made, this.#clock.now());
  }

  #push(made: LogEntry): boolean {
    const listening = [...this.#sessions].filter(({ context }) => (context.events & ATTENDANCE_EVENT) !== 0);
    const tries = this.#behaviours.find(({ eventTries }) => eventTries !== undefined)?.eventTries ?? 1;
    const event = packet(COMMAND.EVENTS, ATTENDANCE_EVENT, 0, writeEvent(this.state.options.entrySize, made));
    for (const { send } of listening) for (let time = 0; time < tries; time++) send(event);
    return listening.length > 0;
  }

  #hear(session: Session, command: number, reply: number, data: Uint8Array): void {
    if (!this.hasPower) return;
    if (command === COMMAND.OK) {
      this.acknowledged += 1;
      return;
    }
    this.heard.set(command, (this.heard.get(command) ?? 0) + 1);
    const answer = this.#answerTo(session, command, data);
    if (answer === "silence") return;
    for (const part of answer) session.send(packet(part.command, session.id, reply, part.data ?? new Uint8Array()));
    if (command === COMMAND.EXIT) session.end();
  }

  #answerTo(session: Session, command: number, data: Uint8Array): Answer {
    if (command === COMMAND.CONNECT || command === COMMAND.AUTHENTICATE) return this.#admit(session, command, data);
    if (!session.isTrusted) return [{ command: COMMAND.UNAUTHORISED }];
    for (const { answers } of this.#behaviours) {
      const answer = answers?.[command]?.(this.state, { data, connection: session.context });
      if (answer) return answer;
    }
    return [{ command: COMMAND.ERROR }];
  }

  #admit(session: Session, command: number, data: Uint8Array): Answer {
    const { commKey } = this.state.options;
    const key = expectedKey(commKey, session.id, data[TICKS_AT] ?? 0);
    const isRight = command === COMMAND.AUTHENTICATE && Buffer.from(key).equals(data);
    session.isTrusted = commKey === 0 || isRight;
    return [{ command: session.isTrusted ? COMMAND.OK : COMMAND.UNAUTHORISED }];
  }
}
