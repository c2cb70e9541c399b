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
  /** Its groups, when the store has prepared them. */
  prepared: RecordGroup[] | undefined;
  records = 0;
  bytes = 0;
  readonly settled: Promise<void>;
  settle: () => void = () => {};

  constructor() {
    this.settled = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  /** `records`: how many the entry has. */
  add(entry: Entry, records: number): void {
    this.records += records;
    this.bytes += entry.bytes;
    const last = this.entries.at(-1);
    if (!last || !continues(last, entry)) {
      this.entries.push(entry);
      return;
    }
    last.bytes += entry.bytes;
    last.group.count += entry.group.count;
    for (const record of entry.group.records) last.group.records.push(record);
    for (const record of entry.group.quarantined) last.group.quarantined.push(record);
  }

  /** Whether an entry of that size still fits; a single one always does, so that no batch is split. */
  fits(records: number, bytes: number): boolean {
    if (this.entries.length === 0) return true;
    return this.records + records <= COMMIT_RECORDS_MAX && this.bytes + bytes <= COMMIT_BYTES_MAX;
  }
}

/** Whether `next` came together with the entry before it: what one read of a socket brings is one group, and costs as much as one. */
function continues({ mark, generation, group }: Entry, next: Entry): boolean {
  return (
    mark === next.mark &&
    generation === next.generation &&
    group.receivedAt === next.group.receivedAt &&
    group.address === next.group.address &&
    group.offsetMs === next.group.offsetMs
  );
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
  /** Committed or given up, and nobody knows yet. */
  #untold: Transaction | undefined;
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
    transaction.add(entry, records);
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
    for (;;) {
      const waitMs = this.#waitMs();
      if (this.#queue.length === 0 || waitMs > 0) this.#tell();
      const [next] = this.#queue;
      if (!next) break;
      if (waitMs > 0) await this.#pause(waitMs);
      this.#queue.shift();
      const committing = this.#commit(next);
      // Preparing the next and telling of the last take time, for which the disk need not stand still.
      this.#prepareNext();
      this.#tell();
      await committing;
      this.#untold = next;
    }
    this.#running = undefined;
  }

  /** How long what is queued may gather: the first record after a pause goes at once, in a steady stream the disk is not synced for each. */
  #waitMs(): number {
    if (this.#queue.length > 1 || this.#closed) return 0;
    return this.#beganAt + this.#deps.commitEveryMs - this.#deps.clock.monotonic();
  }

  async #commit(transaction: Transaction): Promise<void> {
    this.#records -= transaction.records;
    this.#bytes -= transaction.bytes;
    this.#beganAt = this.#deps.clock.monotonic();
    const next = transaction.entries.filter(isNext);
    const prepared = next.length === transaction.entries.length ? transaction.prepared : undefined;
    const done = await this.#attempt(next, prepared);
    if (!done && next.length > 1) for (const chain of chains(next)) await this.#commitAlone(chain);
    else if (!done) this.#giveUp(next);
  }

  /** Only of a full one: others still grow. */
  #prepareNext(): void {
    const [next, another] = this.#queue;
    if (!next || !another) return;
    next.prepared = groupsOf(next.entries);
    this.#deps.store.prepareGroups(next.prepared);
  }

  /** Tells those who wait for the last transaction that it is committed, or given up. */
  #tell(): void {
    const transaction = this.#untold;
    if (!transaction) return;
    this.#untold = undefined;
    transaction.settle();
    for (const mark of new Set(transaction.entries.map((entry) => entry.mark))) this.#deps.onSettled(mark);
  }

  /** One bad apple must not hold back the others. */
  async #commitAlone(chain: Entry[]): Promise<void> {
    if (!(await this.#attempt(chain))) this.#giveUp(chain);
  }

  /** Tries until it is committed or fails for good; false then. */
  async #attempt(entries: Entry[], groups = groupsOf(entries)): Promise<boolean> {
    for (;;) {
      try {
        const outcomes = await this.#deps.store.commitGroups(groups);
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

function groupsOf(entries: readonly Entry[]): RecordGroup[] {
  return entries.map((entry) => entry.group);
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
