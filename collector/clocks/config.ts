/** Which clocks hang where: `clocks.json` in the home folder, one object a clock. */
import { join } from "node:path";
import * as z from "zod";
import { isZone } from "../../protocol/clock/local-time.ts";
import { AppError, isAppError } from "../../protocol/errors.ts";
import { isHidPort, parseHidAddress } from "./line/hid/address.ts";
import { bridgeOf } from "./line/hid/bridges.ts";
import { parseJson, readSmallFile, writeSmallFile } from "./small-file.ts";

const zone = z.string().refine(isZone, "not a time zone of the IANA database");
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

/** All families in one; which of them has what is checked below. */
const fields = z.strictObject({
  /** The number on the line. 0 is answered by every clock and therefore nobody's. */
  number: z.int().min(1).max(0xffffffff),
  family: z.enum(["tcb", "ef01", "zk"]),
  /** `/dev/ttyUSB0`, better `/dev/serial/by-id/...`, `COM3`, or `hid:10c4:ea80:SERIAL` for a USB bridge. Clocks with the same port share its line (RS485). */
  port: z.string().min(1).max(256).refine(isPort, "not hid:VENDOR:PRODUCT[:SERIAL] of a known bridge").optional(),
  /** By default 9600, and 57600 for ef01. */
  baud: z.int().min(300).max(921_600).optional(),
  /** zk only: where the terminal is in the network. */
  host: z.string().min(1).max(253).optional(),
  tcpPort: z.int().min(1).max(65_535).optional(),
  /** zk only: as set on the terminal; 0 for none. */
  commKey: z.int().min(0).max(999_999).optional(),
  /** ef01 only: the module's own address and password; from the factory FFFFFFFF and 0. */
  address: z.int().min(0).max(0xffffffff).optional(),
  password: z.int().min(0).max(0xffffffff).optional(),
  name: z.string().min(1).max(64),
  dataBits: z.union([z.literal(7), z.literal(8)]).optional(),
  parity: z.enum(["none", "even", "odd"]).optional(),
  stopBits: z.union([z.literal(1), z.literal(2)]).optional(),
  /** Of names on the clock. */
  charset: z.enum(["gbk", "gb18030", "utf-16be"]).optional(),
  /** Punches pushed live; by default on, and off on a shared line. */
  push: z.boolean().optional(),
  /** Of the clock's local time; by default the site's. */
  zone: zone.optional(),
  /** Silence before speaking, ms; by default 0, and 200 on a shared line. */
  gapMs: z.int().min(0).max(5_000).optional(),
  /** Set the clock when it is wrong; by default yes. */
  setsTime: z.boolean().optional(),
  /** Punches from before are doubtful. */
  installedOn: date.optional(),
});

export const ZK_PORT = 4370;
const BAUD_DEFAULT = { tcb: 9_600, ef01: 57_600, zk: 9_600 } as const;

const OWN_FIELDS = {
  tcb: ["port"],
  ef01: ["port", "address", "password"],
  zk: ["host", "tcpPort", "commKey"],
} as const;
const NEEDED = { tcb: "port", ef01: "port", zk: "host" } as const;

/** `port` names the line of every family: a terminal in the network has `tcp://HOST:PORT`. */
export const clockConfig = fields.superRefine(checkFamily).transform((clock) => ({
  ...clock,
  port: clock.family === "zk" ? `tcp://${clock.host}:${clock.tcpPort ?? ZK_PORT}` : (clock.port ?? ""),
  baud: clock.baud ?? BAUD_DEFAULT[clock.family],
}));
export type ClockConfig = z.infer<typeof clockConfig>;
export type ClockConfigInput = z.input<typeof clockConfig>;

export const CLOCKS_MAX = 256;

export const CLOCKS_FILE = "clocks.json";

/** A clock that is not read, and why; the others are read all the same. */
export interface ClockFault {
  /** What it is called, if that can be told. */
  name?: string;
  code: string;
  message: string;
}

export interface ClocksFile {
  /** In the order in which they were added. */
  clocks: ClockConfig[];
  /** Items of the file that are no clock; `item` from 1 on. */
  faults: (ClockFault & { item: number })[];
}

/**
 * The clocks of this home, and the items of its file that are none; neither when there is no file. Rejects with AppError
 * `clocks-file-bad` (no JSON array, or more than CLOCKS_MAX items) or `clocks-file-io`.
 */
export async function readClocks(home: string): Promise<ClocksFile> {
  const file: ClocksFile = { clocks: [], faults: [] };
  for (const [index, entry] of (await readEntries(home)).entries()) {
    try {
      const clock = parseClock(entry);
      assertFits(clock, file.clocks);
      file.clocks.push(clock);
    } catch (error) {
      if (!isAppError(error)) throw error;
      const { code, message } = error;
      file.faults.push({ item: index + 1, ...nameOf(entry), code, message });
    }
  }
  return file;
}

/** The clocks of readClocks, without the items that are none. */
export async function listClocks(home: string): Promise<ClockConfig[]> {
  return (await readClocks(home)).clocks;
}

/**
 * Adds a clock and resolves with it; items that are no clock stay as they are. Rejects besides with AppError `clock-config-bad`,
 * `clock-exists` (same port and number, or same name), `clock-baud-differs` (another rate than its neighbours on the line).
 */
export async function addClock(home: string, input: ClockConfigInput): Promise<ClockConfig> {
  const clock = parseClock(input);
  const entries = await readEntries(home);
  if (entries.length >= CLOCKS_MAX) throw new AppError("clock-config-bad", `more than ${CLOCKS_MAX} clocks`);
  assertFits(clock, await listClocks(home));
  await save(home, [...entries, clock]);
  return clock;
}

/** Also an item that is no clock, if it has that name. Rejects besides with AppError `clock-unknown`. */
export async function removeClock(home: string, name: string): Promise<void> {
  const entries = await readEntries(home);
  const rest = entries.filter((entry) => nameOf(entry).name !== name);
  if (rest.length === entries.length) throw new AppError("clock-unknown", `no clock is called ${name}`);
  await save(home, rest);
}

async function readEntries(home: string): Promise<unknown[]> {
  const text = await readSmallFile(join(home, CLOCKS_FILE), "clocks-file-io");
  if (text === undefined) return [];
  const entries = parseJson(text);
  if (!Array.isArray(entries)) throw new AppError("clocks-file-bad", `${CLOCKS_FILE} is no list of clocks`);
  if (entries.length > CLOCKS_MAX)
    throw new AppError("clocks-file-bad", `${CLOCKS_FILE}: more than ${CLOCKS_MAX} clocks`);
  return entries;
}

function parseClock(entry: unknown): ClockConfig {
  const parsed = clockConfig.safeParse(entry);
  if (!parsed.success) throw new AppError("clock-config-bad", firstIssue(parsed.error));
  return parsed.data;
}

function nameOf(entry: unknown): { name?: string } {
  const name = (entry as { name?: unknown } | null)?.name;
  return typeof name === "string" ? { name } : {};
}

function checkFamily(clock: z.infer<typeof fields>, context: z.RefinementCtx): void {
  const { family } = clock;
  const own: readonly string[] = OWN_FIELDS[family];
  const foreign = Object.values(OWN_FIELDS)
    .flat()
    .filter((field) => !own.includes(field));
  for (const field of foreign) {
    // The line's name is kept with a terminal, and said anew from its host.
    const isName = field === "port" && clock.port?.startsWith("tcp://");
    if (clock[field] !== undefined && !isName) {
      context.addIssue({ code: "custom", path: [field], message: `not for ${family}` });
    }
  }
  const needed = NEEDED[family];
  if (clock[needed] === undefined)
    context.addIssue({ code: "custom", path: [needed], message: `needed for ${family}` });
}

function isPort(port: string): boolean {
  const address = parseHidAddress(port);
  return !isHidPort(port) || (address !== undefined && bridgeOf(address) !== undefined);
}

function assertFits(clock: ClockConfig, others: readonly ClockConfig[]): void {
  const neighbours = others.filter(({ port }) => port === clock.port);
  if (others.some(({ name }) => name === clock.name)) {
    throw new AppError("clock-exists", `a clock is already called ${clock.name}`);
  }
  if (neighbours.some(({ number }) => number === clock.number)) {
    throw new AppError("clock-exists", `${clock.port} already has a clock number ${clock.number}`);
  }
  // Only TC_B clocks have numbers on their line.
  if ([clock, ...neighbours].some(({ family }) => family !== "tcb") && neighbours.length > 0) {
    throw new AppError("clock-exists", `${clock.port} is taken`);
  }
  const other = neighbours.find(({ baud }) => baud !== clock.baud);
  if (other) throw new AppError("clock-baud-differs", `${clock.port} runs at ${other.baud} baud`);
}

async function save(home: string, entries: readonly unknown[]): Promise<void> {
  await writeSmallFile(join(home, CLOCKS_FILE), `${JSON.stringify(entries, null, 2)}\n`, "clocks-file-io");
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.join(".") || "the whole"}: ${issue.message}` : error.message;
}
