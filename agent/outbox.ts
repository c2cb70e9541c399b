/** Brings events into the journal in order, whatever it takes: a full disk delays them, it does not lose them. */
import { isAppError } from "../protocol/errors.ts";
import type { Log } from "../protocol/log.ts";
import type { ContractRecord } from "../protocol/messages/records.ts";
import type { Clock } from "../protocol/time.ts";

export const RETRY_MS = { first: 5_000, most: 300_000 } as const;
/** Events that wait for the journal; more than this and the oldest are given up, with an error in the log. */
export const WAITING_MAX = 1_000;

/** Codes of `append` that may pass by themselves. */
const PASSING = ["journal-full", "journal-io", "journal-busy"];

export interface Outbox {
  /** Resolves once the record is in the journal; rejects when it never will be (`record-too-large`, given up, stopped). */
  put(record: ContractRecord): Promise<void>;
  waiting(): number;
  stop(): void;
}

export interface OutboxDeps {
  clock: Clock;
  log: Log;
  append: (record: ContractRecord) => Promise<unknown>;
}

interface Waiting {
  record: ContractRecord;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export function createOutbox({ clock, log, append }: OutboxDeps): Outbox {
  const queue: Waiting[] = [];
  let working = false;
  let stopped = false;
  let retryMs: number = RETRY_MS.first;
  let cancelRetry = () => {};

  async function work(): Promise<void> {
    working = true;
    for (let next = queue[0]; next && !stopped; next = queue[0]) {
      try {
        await append(next.record);
        retryMs = RETRY_MS.first;
        next.resolve();
      } catch (error) {
        if (PASSING.some((code) => isAppError(error, code))) {
          later(error);
          break;
        }
        log.error({ error, kind: next.record.kind }, "an event cannot be kept");
        next.reject(error);
      }
      if (queue[0] === next) queue.shift();
    }
    // At once, not in a later turn: who waited for the last event may bring the next one before that.
    working = false;
  }

  function later(error: unknown): void {
    log.warn({ error, waiting: queue.length, againInMs: retryMs }, "the journal takes nothing at the moment");
    cancelRetry = clock.after(retryMs, start);
    retryMs = Math.min(retryMs * 2, RETRY_MS.most);
  }

  function start(): void {
    if (!working && !stopped) void work();
  }

  return {
    waiting: () => queue.length,
    put(record) {
      return new Promise((resolve, reject) => {
        queue.push({ record, resolve, reject });
        if (queue.length > WAITING_MAX) {
          log.error({ kind: queue[0]?.record.kind }, "too many events wait for the journal; the oldest is given up");
          queue.shift()?.reject(new Error("given up"));
        }
        if (queue.length === 1 || retryMs === RETRY_MS.first) start();
      });
    },
    stop() {
      stopped = true;
      cancelRetry();
      for (const { reject } of queue.splice(0)) reject(new Error("the agent was stopped"));
    },
  };
}
