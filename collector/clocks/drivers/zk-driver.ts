/** A ZKTeco terminal over TCP. It is never disabled, and never asked for templates. */
import type { LocalDateTime } from "../../../protocol/clock/local-time.ts";
import { decodeEntry, decodePush, type EntryBytes } from "../../../protocol/clock/zk/attendance.ts";
import { encodeCommKey } from "../../../protocol/clock/zk/comm-key.ts";
import { COMMANDS, decodeFreeSizes, EVENTS, type FreeSizes, REPLIES } from "../../../protocol/clock/zk/commands.ts";
import type { ZkPacket } from "../../../protocol/clock/zk/packet.ts";
import { encodeTime, showTime } from "../../../protocol/clock/zk/time.ts";
import { AppError } from "../../../protocol/errors.ts";
import { Subscribers } from "../line/subscribers.ts";
import type {
  ClockCapacity,
  ClockCounts,
  ClockDriver,
  ClockIdentity,
  DevicePunch,
  DownloadOptions,
  LogPage,
  TimeReading,
} from "./driver.ts";
import { prefetch } from "./prefetch.ts";
import { chooseEntryBytes } from "./zk-entry-size.ts";
import type { Reply, ZkExchange } from "./zk-exchange.ts";
import { parsePunch, punchOf } from "./zk-punch.ts";
import { openTable, type Table } from "./zk-table.ts";
import { ZkUsers } from "./zk-users.ts";

/** Pieces read from the terminal while earlier ones are being stored. */
export const PIECES_AHEAD_MAX = 4;

export interface ZkOptions {
  /** The number that people gave the terminal; its network address is what finds it. */
  device: number;
  /** 0..999,999; 0 when none is set on the terminal. */
  commKey: number;
}

export class ZkDriver implements ClockDriver {
  readonly family = "zk";
  readonly device: number;
  readonly users: ZkUsers;
  readonly #commKey: number;
  readonly #exchange: ZkExchange;
  readonly #punches = new Subscribers<[DevicePunch, number]>();
  readonly #lost = new Subscribers<[string]>();
  #open = false;
  #entryBytes: EntryBytes | undefined;
  /** People's ids by internal number, where log entries have only the latter. */
  #userIds = new Map<string, string>();

  constructor({ device, commKey }: ZkOptions, exchange: ZkExchange) {
    this.device = device;
    this.#commKey = commKey;
    this.#exchange = exchange;
    this.users = new ZkUsers({
      exchange,
      countUsers: async () => (await this.#sizes()).users,
      order: (name, data) => this.#ask(name, data),
      isLogByPlace: () => this.#isLogByPlace(),
      free: () => this.#free(),
    });
    exchange.onEvent((packet, receivedAt) => this.#takeEvent(packet, receivedAt));
    exchange.onLost((reason) => {
      if (!this.#open) return;
      this.#open = false;
      this.#lost.call(reason);
    });
  }

  get lineName(): string {
    return this.#exchange.lineName;
  }

  lineErrors() {
    return { ...this.#exchange.errors };
  }

  /** Rejects besides with `clock-refused` when the communication key is wrong. */
  async open(): Promise<void> {
    if (this.#open) return;
    await this.#exchange.open();
    try {
      await this.#connect();
      this.#open = true;
    } catch (error) {
      await this.#exchange.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    // A terminal holds few sessions: it is told that this one ends.
    if (this.#open) this.#exchange.tell(COMMANDS.exit);
    this.#open = false;
    await this.#exchange.close();
  }

  onLost(handler: (reason: string) => void): () => void {
    return this.#lost.add(handler);
  }

  onPunch(handler: (punch: DevicePunch, readAt: number) => void): () => void {
    return this.#punches.add(handler);
  }

  /** A terminal that restarts drops the connection; it says nothing of itself. */
  onStarted(): () => void {
    return () => {};
  }

  async identify(): Promise<ClockIdentity> {
    const serial = await this.#option("~SerialNumber");
    const model = await this.#option("~DeviceName");
    const firmware = await this.#textIfKnown(COMMANDS.version);
    return { serial, ...(firmware ? { firmware } : {}), ...(model ? { model } : {}) };
  }

  async readTime(): Promise<TimeReading> {
    const { data, sentAt, receivedAt } = await this.#ask("getTime");
    if (data.length < 4) throw new AppError("clock-bad-answer", "a time of less than four bytes");
    const deviceTime = showTime(new DataView(data.buffer, data.byteOffset, data.length).getUint32(0, true));
    return { deviceTime, sentAt, receivedAt };
  }

  async setTime(local: LocalDateTime): Promise<void> {
    await this.#ask("setTime", u32(encodeTime(local)));
  }

  /** A terminal has no marks: to it, all records are equally new. */
  async counts(): Promise<ClockCounts> {
    const { users, fingerprints, records } = await this.#sizes();
    return { users, fingerprints, passwords: 0, cards: 0, records, newRecords: records };
  }

  async capacity(): Promise<ClockCapacity> {
    const { userCapacity, fingerprintCapacity, recordCapacity } = await this.#sizes();
    return { users: userCapacity, fingerprints: fingerprintCapacity, records: recordCapacity };
  }

  async setLivePush(on: boolean): Promise<boolean> {
    await this.#ask("registerEvents", u32(on ? EVENTS.attendance : 0));
    return on;
  }

  /** Always from the oldest: there are no marks to begin at. */
  async *downloadLog({ pause }: DownloadOptions): AsyncIterable<LogPage> {
    const table = await this.#openLog();
    let isRead = false;
    try {
      yield* this.#readEntries(table, pause);
      isRead = true;
    } finally {
      const freed = this.#free();
      // What went wrong first is what is told: a terminal that cannot free its table then has nothing to add.
      await (isRead ? freed : freed.catch(() => {}));
    }
  }

  parsePunch(raw: string): DevicePunch | undefined {
    return parsePunch(raw);
  }

  async unmark(): Promise<number> {
    return 0;
  }

  async #connect(): Promise<void> {
    const { packets } = await this.#exchange.ask({ command: COMMANDS.connect });
    const answer = packets[0] as ZkPacket;
    this.#exchange.session = answer.session;
    if (answer.command === REPLIES.unauthorised) return this.#authenticate();
    if (answer.command !== REPLIES.ok) throw refused("connect", answer.command);
  }

  async #authenticate(): Promise<void> {
    const data = encodeCommKey(this.#commKey, this.#exchange.session);
    const { packets } = await this.#exchange.ask({ command: COMMANDS.authenticate, data });
    if (packets[0]?.command !== REPLIES.ok) throw new AppError("clock-refused", "the communication key is wrong");
  }

  async #ask(name: keyof typeof COMMANDS, data?: Uint8Array): Promise<Omit<Reply, "packets"> & { data: Uint8Array }> {
    const { packets, ...times } = await this.#exchange.ask({ command: COMMANDS[name], ...(data ? { data } : {}) });
    const [packet] = packets as [ZkPacket];
    if (packet.command !== REPLIES.ok) throw refused(name, packet.command);
    return { ...times, data: packet.data };
  }

  async #sizes(): Promise<FreeSizes> {
    const { data } = await this.#ask("freeSizes");
    const sizes = decodeFreeSizes(data);
    if (!sizes) throw new AppError("clock-bad-answer", `sizes of ${data.length} bytes`);
    return sizes;
  }

  /** `NAME=VALUE` and a zero; undefined where the terminal does not know the name. */
  async #option(name: string): Promise<string | undefined> {
    const text = await this.#textIfKnown(COMMANDS.option, Buffer.from(`${name}\0`, "latin1"));
    return text?.slice(text.indexOf("=") + 1).trim() || undefined;
  }

  async #textIfKnown(command: number, data = new Uint8Array()): Promise<string | undefined> {
    const { packets } = await this.#exchange.ask({ command, data });
    const [packet] = packets as [ZkPacket];
    return packet.command === REPLIES.ok ? textOf(packet.data) : undefined;
  }

  async #openLog(): Promise<Table> {
    const { records } = await this.#sizes();
    const table = await openTable(this.#exchange, "attendance");
    if (table.lengthBytes === 0) return table;
    this.#entryBytes = chooseEntryBytes(table.lengthBytes, records, this.#entryBytes);
    if (this.#entryBytes !== 8) return table;
    const users = await this.users.read();
    this.#userIds = new Map(users.map(({ uid, user }) => [String(uid), user]));
    // A terminal keeps one prepared table, and that is now the users'.
    return openTable(this.#exchange, "attendance");
  }

  async #isLogByPlace(): Promise<boolean> {
    await this.#openLog();
    await this.#free();
    return this.#entryBytes === 8;
  }

  async *#readEntries(table: Table, pause?: () => Promise<void>): AsyncGenerator<LogPage> {
    if (table.lengthBytes === 0) return;
    const size = this.#entryBytes ?? 40;
    let rest: Uint8Array = new Uint8Array();
    for await (const { bytes, receivedAt } of prefetch(table.pieces(pause), PIECES_AHEAD_MAX)) {
      const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      const whole = all.length - (all.length % size);
      yield { records: rows(all.subarray(0, whole), size).map((row) => this.#punchOf(row)), readAt: receivedAt };
      rest = all.subarray(whole);
    }
    if (rest.length > 0) throw new AppError("clock-bad-answer", `${rest.length} bytes behind the last entry`);
  }

  #punchOf(row: Uint8Array): DevicePunch {
    const attendance = decodeEntry(row);
    if (!attendance) throw new AppError("clock-bad-answer", `an entry of ${row.length} bytes`);
    const user = row.length === 8 ? (this.#userIds.get(attendance.user) ?? attendance.user) : attendance.user;
    return punchOf({ ...attendance, user });
  }

  async #free(): Promise<void> {
    if (this.#open) await this.#exchange.ask({ command: COMMANDS.freeData });
  }

  #takeEvent({ session, data }: ZkPacket, receivedAt: number): void {
    // Events carry their kind where other packets carry the session.
    if ((session & EVENTS.attendance) === 0) {
      if ((session & (EVENTS.finger | EVENTS.enrolment)) !== 0) this.#exchange.errors.droppedBiometric += 1;
      return;
    }
    const attendance = decodePush(data);
    if (attendance) this.#punches.call(punchOf(attendance), receivedAt);
  }
}

function rows(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: bytes.length / size }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value, 0);
  return bytes;
}

function textOf(data: Uint8Array): string {
  const text = Buffer.from(data).toString("latin1");
  const end = text.indexOf("\0");
  return end === -1 ? text : text.slice(0, end);
}

function refused(what: string, code: number): AppError {
  return new AppError("clock-refused", `${what} refused with ${code}`);
}
