/**
 * Natural group commit: while one transaction is being synced, what arrives gathers for the next. Nothing is acknowledged before its
 * transaction is committed; storage trouble holds everything back and is tried again.
 */
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import type { GroupOutcome, RecordGroup, Store } from "../store/port.ts";
import { isPassing } from "../store/sql-driver.ts";
import { COMMIT_BYTES_MAX, COMMIT_RECORDS_MAX, QUEUE_BYTES_MAX, QUEUE_RECORDS_MAX } from "./settings.ts";
import { fallBack, type Mark } from "./source-book.ts";

/** A batch, or the new part of one, accepted behind its mark. */
export interface Entry {
  mark: Mark;
  group: RecordGroup;
  /** Text of its records. */
  bytes: number;
  /** The mark's generation when it was accepted: a later one means that it is no longer next. */
  generation: number;
}

/** The entries of one transaction. All of them wait for one promise: there may be ten thousand. */
class Transaction {
  readonly entries: Entry[] = [];
  records = 0;
  bytes = 0;
  readonly settled: Promise<void>;
  settle: () => void = () => {};

  constructor() {
    this.settled = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  /** Whether an entry of that size still fits; a single one always does, so that no batch is split. */
  fits(records: number, bytes: number): boolean {
    if (this.entries.length === 0) return true;
    return this.records + records <= COMMIT_RECORDS_MAX && this.bytes + bytes <= COMMIT_BYTES_MAX;
  }
}

export interface GroupCommitDeps {
  store: Store;
  clock: Clock;
  log: Log;
  retryMs: number;
  commitEveryMs: number;
  /** Called once per mark and transaction, after the commit or after the mark fell back. */
  onSettled: (mark: Mark) => void;
}

export class GroupCommit {
  readonly #deps: GroupCommitDeps;
  readonly #queue: Transaction[] = [];
  #records = 0;
  #bytes = 0;
  #running: Promise<void> | undefined;
  #beganAt = Number.NEGATIVE_INFINITY;
  #closed = false;
  #wake: (() => void) | undefined;
  readonly #counters = { commits: 0, commitRetries: 0, groupsFenced: 0, groupsFailed: 0 };

  constructor(deps: GroupCommitDeps) {
    this.#deps = deps;
  }

  get full(): boolean {
    return this.#records >= QUEUE_RECORDS_MAX || this.#bytes >= QUEUE_BYTES_MAX;
  }

  /** Resolves when the entry is committed, or given up because its mark fell back. */
  add(entry: Entry): Promise<void> {
    const records = sizeOf(entry.group);
    let transaction = this.#queue.at(-1);
    if (!transaction?.fits(records, entry.bytes)) {
      transaction = new Transaction();
      this.#queue.push(transaction);
    }
    transaction.entries.push(entry);
    transaction.records += records;
    transaction.bytes += entry.bytes;
    this.#records += records;
    this.#bytes += entry.bytes;
    this.#running ??= this.#run();
    return transaction.settled;
  }

  stats(): Record<string, number> {
    return { ...this.#counters, queueRecords: this.#records, queueBytes: this.#bytes };
  }

  /** Commits what is queued, unless the storage refuses; then it is given up unacknowledged. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let [next] = this.#queue; next; [next] = this.#queue) {
      const leftMs = this.#beganAt + this.#deps.commitEveryMs - this.#deps.clock.monotonic();
      // The first record after a pause goes at once; in a steady stream the disk is not synced for each.
      if (leftMs > 0 && this.#queue.length === 1 && !this.#closed) await this.#pause(leftMs);
      this.#queue.shift();
      this.#records -= next.records;
      this.#bytes -= next.bytes;
      this.#beganAt = this.#deps.clock.monotonic();
      await this.#commit(next);
    }
    this.#running = undefined;
  }

  async #commit({ entries, settle }: Transaction): Promise<void> {
    const next = entries.filter(isNext);
    const done = await this.#attempt(next);
    if (!done && next.length > 1) for (const chain of chains(next)) await this.#commitAlone(chain);
    else if (!done) this.#giveUp(next);
    settle();
    for (const mark of new Set(entries.map((entry) => entry.mark))) this.#deps.onSettled(mark);
  }

  /** One bad apple must not hold back the others. */
  async #commitAlone(chain: Entry[]): Promise<void> {
    if (!(await this.#attempt(chain))) this.#giveUp(chain);
  }

  /** Tries until it is committed or fails for good; false then. */
  async #attempt(entries: Entry[]): Promise<boolean> {
    for (;;) {
      try {
        const outcomes = await this.#deps.store.commitGroups(entries.map((entry) => entry.group));
        this.#counters.commits++;
        entries.forEach((entry, index) => {
          this.#settle(entry, outcomes[index]);
        });
        return true;
      } catch (error) {
        if (!isPassing(error) || this.#closed) {
          this.#deps.log.error({ err: error, groups: entries.length }, "cannot commit");
          return false;
        }
        this.#counters.commitRetries++;
        this.#deps.log.error({ err: error, groups: entries.length }, "cannot commit now; nothing is acknowledged");
        await this.#pause(this.#deps.retryMs);
      }
    }
  }

  #settle({ mark, generation }: Entry, outcome: GroupOutcome | undefined): void {
    if (outcome?.ok) {
      mark.committed = Math.max(mark.committed, outcome.committed);
    } else if (generation === mark.generation) {
      this.#counters.groupsFenced++;
      this.#deps.log.warn({ source: mark.source.name, epoch: mark.epoch, ...outcome }, "another worker moved the mark");
      fallBack(mark, outcome?.committed ?? mark.committed);
    }
  }

  #giveUp(entries: Entry[]): void {
    for (const { mark, generation } of entries) {
      this.#counters.groupsFailed++;
      if (generation === mark.generation) fallBack(mark, mark.committed);
    }
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#deps.clock.after(ms, resolve);
    });
    this.#wake = undefined;
  }
}

/** False once its mark fell back. */
function isNext({ mark, generation }: Entry): boolean {
  return generation === mark.generation;
}

/** Entries of one mark belong together: each follows the one before it. */
function chains(entries: Entry[]): Entry[][] {
  const byMark = new Map<Mark, Entry[]>();
  for (const entry of entries) byMark.set(entry.mark, [...(byMark.get(entry.mark) ?? []), entry]);
  return [...byMark.values()];
}

function sizeOf(group: RecordGroup): number {
  return group.records.length + group.quarantined.length;
}
