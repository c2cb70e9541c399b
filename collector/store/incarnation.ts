/**
 * Which life of the database this is. A file beside the database notes how far it had come; a database that has come less far
 * was put back from a copy, and takes a new incarnation, upon which sources send again what they still hold.
 */
import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import * as z from "zod";
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import { inTransaction, type SqlDriver } from "./sql-driver.ts";

/** The note is written at most this often: a copy made and put back within this time goes unnoticed by it. */
export const HIGH_WATER_EVERY_MS = 1_000;

/** Set by `backup` in the copy, so that a copy is known as one even beside a fitting note. */
export const COPIED_KEY = "copied";

const highWater = z.object({ incarnation: z.string(), recordId: z.int().min(0) });
type HighWater = z.infer<typeof highWater>;

/** The incarnation that the database has from this opening on; written to the database when it is new. */
export async function settleIncarnation(writer: SqlDriver, path: string, log: Log): Promise<string> {
  const present = await metaValue(writer, "incarnation");
  const reason = await whyNew(writer, path, present);
  if (present !== undefined && reason === undefined) return present;
  const incarnation = randomBytes(8).toString("hex");
  await inTransaction(writer, log, async () => {
    await writer.query("delete from meta where key = ?", [COPIED_KEY]);
    await writer.query(
      "insert into meta (key, value) values ('incarnation', ?) on conflict (key) do update set value = excluded.value",
      [incarnation],
    );
  });
  if (present !== undefined) log.warn({ reason, was: present, incarnation }, "the database was put back from a copy");
  return incarnation;
}

async function whyNew(writer: SqlDriver, path: string, present: string | undefined): Promise<string | undefined> {
  if (present === undefined) return "new";
  if ((await metaValue(writer, COPIED_KEY)) !== undefined) return "copy";
  const noted = await readHighWater(path);
  if (!noted) return "no-note";
  if (noted.incarnation !== present) return "other-incarnation";
  return noted.recordId > (await lastRecordId(writer)) ? "behind-note" : undefined;
}

async function metaValue(driver: SqlDriver, key: string): Promise<string | undefined> {
  const { rows } = await driver.query("select value from meta where key = ?", [key]);
  return rows[0] === undefined ? undefined : String(rows[0].value);
}

/** The id of the last record in the database, 0 when there is none. */
export async function lastRecordId(driver: SqlDriver): Promise<number> {
  const { rows } = await driver.query("select max(id) as id from record");
  return Number(rows[0]?.id ?? 0);
}

async function readHighWater(path: string): Promise<HighWater | undefined> {
  const text = await readFile(highWaterFile(path), "utf8").catch(() => "");
  try {
    return highWater.parse(JSON.parse(text));
  } catch {
    // Absent or torn by a power cut: taken for a restored copy, which costs the sources a question and nothing else.
    return undefined;
  }
}

export function highWaterFile(path: string): string {
  return `${path}.high-water`;
}

/** Keeps the note: never ahead of what is committed, behind it by `HIGH_WATER_EVERY_MS` at most. */
export class HighWaterNote {
  readonly #file: string;
  readonly #incarnation: string;
  readonly #deps: { clock: Clock; log: Log };
  #recordId = -1;
  #writing: Promise<void> | undefined;
  #cancel: (() => void) | undefined;

  constructor(path: string, incarnation: string, deps: { clock: Clock; log: Log }) {
    this.#file = highWaterFile(path);
    this.#incarnation = incarnation;
    this.#deps = deps;
  }

  /** To be told after each commit. */
  reached(recordId: number): void {
    this.#recordId = recordId;
    this.#cancel ??= this.#deps.clock.after(HIGH_WATER_EVERY_MS, () => {
      this.#cancel = undefined;
      void this.flush();
    });
  }

  async flush(): Promise<void> {
    await this.#writing;
    this.#writing = this.#write().catch((error: unknown) => {
      this.#deps.log.error({ err: error, file: this.#file }, "cannot note how far the database has come");
    });
    await this.#writing;
  }

  async close(): Promise<void> {
    this.#cancel?.();
    await this.flush();
  }

  async #write(): Promise<void> {
    const note: HighWater = { incarnation: this.#incarnation, recordId: Math.max(0, this.#recordId) };
    await writeFile(`${this.#file}.new`, JSON.stringify(note), { mode: 0o600 });
    await rename(`${this.#file}.new`, this.#file);
  }
}
