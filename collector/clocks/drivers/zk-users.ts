/** The table of users of a ZK terminal: read whole, written one row at a time. Templates are in other tables, which are never touched. */
import {
  decodeUser,
  encodeUser,
  isUserId,
  NAME_BYTES,
  USER_BYTES,
  type UserBytes,
  type ZkUser,
} from "../../../protocol/clock/zk/users.ts";
import { AppError } from "../../../protocol/errors.ts";
import type { DeviceUser, UserTable } from "./driver.ts";
import type { ZkExchange } from "./zk-exchange.ts";
import { openTable } from "./zk-table.ts";

/** Of a terminal whose table is empty: what firmware with names of 24 bytes has, and that is what is sold. */
const USER_BYTES_DEFAULT: UserBytes = 72;
const UID_MAX = 0xffff;

export interface ZkUsersDeps {
  exchange: ZkExchange;
  /** What the terminal counts. */
  countUsers(): Promise<number>;
  /** Tells the terminal to do something; rejects with AppError `clock-refused` when it will not. */
  order(name: "writeUser" | "deleteUser" | "refresh", data?: Uint8Array): Promise<unknown>;
  /** Whether its log names people by their place in the table. */
  isLogByPlace(): Promise<boolean>;
  /** Lets go of the table that the terminal has prepared. */
  free(): Promise<void>;
}

export class ZkUsers implements UserTable {
  readonly #deps: ZkUsersDeps;
  #size: UserBytes | undefined;

  constructor(deps: ZkUsersDeps) {
    this.#deps = deps;
  }

  /** Names are bytes in the terminal's own charset. */
  async read(): Promise<ZkUser[]> {
    const { exchange, countUsers, free } = this.#deps;
    const count = await countUsers();
    const table = await openTable(exchange, "users");
    const parts: Uint8Array[] = [];
    for await (const { bytes } of table.pieces()) parts.push(bytes);
    await free();
    const all = Buffer.concat(parts);
    if (all.length === 0) return [];
    const size = USER_BYTES.find((bytes) => bytes * count === all.length);
    if (!size) throw new AppError("clock-bad-answer", `${count} users in ${all.length} bytes`);
    this.#size = size;
    return Array.from({ length: count }, (_, at) => decodeUser(all.subarray(at * size, (at + 1) * size)) ?? []).flat();
  }

  async nameBytesMax(): Promise<number> {
    if (this.#size === undefined) await this.read();
    return NAME_BYTES[this.#size ?? USER_BYTES_DEFAULT];
  }

  /** Where old punches are known by a place in the table, another person in that place would have punched them. */
  async assertWritable(): Promise<void> {
    if (!(await this.#deps.isLogByPlace())) return;
    throw new AppError(
      "users-by-place",
      "its log names people by their place in its table: change users at the terminal / 该机型的记录只含内部序号，请在机上增删人员",
    );
  }

  async add({ user, name }: DeviceUser): Promise<void> {
    const present = await this.read();
    if (present.some((other) => other.user === user)) return;
    const size = this.#size ?? USER_BYTES_DEFAULT;
    if (!isUserId(user, size)) throw new AppError("user-id-bad", `this terminal cannot hold the user id ${user}`);
    const uid = Math.max(0, ...present.map((other) => other.uid)) + 1;
    if (uid > UID_MAX) throw new AppError("clock-refused", "the terminal has no place left");
    await this.#deps.order("writeUser", encodeUser({ uid, privilege: 0, name, card: 0, user }, size));
    await this.#deps.order("refresh");
    if (this.#size === undefined) await this.#assertLayout(uid, user);
  }

  async remove(user: string): Promise<void> {
    for (const { uid } of (await this.read()).filter((other) => other.user === user)) await this.#delete(uid);
  }

  /** The first row of an empty table was written in a layout that was a guess: what cannot be read back is taken out again. */
  async #assertLayout(uid: number, user: string): Promise<void> {
    const present = await this.read().catch(() => []);
    if (present.some((other) => other.user === user)) return;
    await this.#delete(uid);
    throw new AppError("clock-bad-answer", "the terminal has another layout of users; enrol one person on it first");
  }

  async #delete(uid: number): Promise<void> {
    const data = Buffer.alloc(2);
    data.writeUInt16LE(uid, 0);
    await this.#deps.order("deleteUser", data);
    await this.#deps.order("refresh");
  }
}
