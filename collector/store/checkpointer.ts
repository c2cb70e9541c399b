/**
 * Moves what is committed from the write-ahead log into the database file, beside the writer instead of within one of its commits: a
 * commit that has to move 16 MiB and sync them first is the one that sources wait for.
 */
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import type { SqlDriver } from "./sql-driver.ts";

export const CHECKPOINT_EVERY_MS = 1_000;
/** Pages of 4 KiB in the log from which on the writer pauses for the little that is left, so that the log begins anew. */
export const LOG_PAGES = 4_000;
/** Should this fail to work, SQLite does it itself from so many pages on. */
export const LOG_PAGES_MAX = 40_000;

export interface CheckpointerDeps {
  /** A connection of its own. */
  beside: SqlDriver;
  writer: SqlDriver;
  /** Runs work while no write transaction is open. */
  exclusively: (work: () => Promise<void>) => Promise<void>;
  clock: Clock;
  log: Log;
}

export class Checkpointer {
  readonly #deps: CheckpointerDeps;
  #cancel: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(deps: CheckpointerDeps) {
    this.#deps = deps;
  }

  /** To be told of each transaction. */
  committed(): void {
    if (this.#cancel || this.#running || this.#closed) return;
    this.#cancel = this.#deps.clock.after(CHECKPOINT_EVERY_MS, () => {
      this.#cancel = undefined;
      this.#running = this.#run()
        .catch((error: unknown) => this.#deps.log.warn({ err: error }, "cannot move the log into the database now"))
        .finally(() => {
          this.#running = undefined;
        });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#running;
  }

  /**
   * PASSIVE both times: it waits for nobody, a long report least of all. While the writer goes on, the log is never moved to its end and would
   * grow for ever; in the writer's pause the rest is, and its next transaction begins the log anew.
   */
  async #run(): Promise<void> {
    const { beside, writer, exclusively } = this.#deps;
    const { rows } = await beside.query("pragma wal_checkpoint(passive)");
    if (Number(rows[0]?.log ?? 0) < LOG_PAGES || this.#closed) return;
    await exclusively(async () => {
      await writer.query("pragma wal_checkpoint(passive)");
    });
  }
}
