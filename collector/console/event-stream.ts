/** One client of the event stream: first what it missed, then what comes, in order; one that does not keep up is cut off. */
import type { ServerResponse } from "node:http";
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import type { Store } from "../store/port.ts";
import type { Change, ChangeType } from "./queries/changes.ts";

export const HEARTBEAT_MS = 15_000;
/** Changes that may wait for one client. */
export const QUEUE_MAX = 10_000;
export const UNSENT_BYTES_MAX = 4 * 1024 * 1024;
const BACKLOG_PAGE = 500;

export interface EventStreamDeps {
  response: ServerResponse;
  store: Store;
  clock: Clock;
  log: Log;
  types: readonly ChangeType[];
  describe(change: Change): Promise<unknown>;
}

export class EventStream {
  readonly #deps: EventStreamDeps;
  #queue: Change[] = [];
  #last = 0;
  #isPumping = false;
  #isEnded = false;
  #isReady = false;
  #cancelHeartbeat = () => {};

  constructor(deps: EventStreamDeps) {
    this.#deps = deps;
  }

  /** Sends what came after `since`, or only what comes from now on. */
  async start(since: number | undefined): Promise<void> {
    this.#deps.response.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    this.#write(": dianmao\nretry: 2000\n\n");
    this.#heartbeat();
    if (since !== undefined) await this.#sendBacklog(since);
    this.#isReady = true;
    void this.#pump();
  }

  /** Takes changes as they are committed. Those of the backlog's time wait for its end. */
  offer(changes: readonly Change[]): void {
    if (this.#isEnded) return;
    this.#queue.push(...changes);
    if (this.#queue.length > QUEUE_MAX) this.#cutOff("too many changes waited");
    else if (this.#isReady) void this.#pump();
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelHeartbeat();
    this.#deps.response.end();
  }

  async #sendBacklog(since: number): Promise<void> {
    const { store, types } = this.#deps;
    this.#last = since;
    while (!this.#isEnded) {
      const rows = await store.read
        .selectFrom("change")
        .select(["id", "type", "key"])
        .where("id", ">", this.#last)
        .where("type", "in", [...types])
        .orderBy("id")
        .limit(BACKLOG_PAGE)
        .execute();
      for (const row of rows) await this.#send(row);
      if (rows.length < BACKLOG_PAGE) return;
    }
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#queue.length > 0 && !this.#isEnded) {
        const batch = this.#queue;
        this.#queue = [];
        for (const change of batch) await this.#send(change);
      }
    } catch (error) {
      this.#cutOff((error as Error).message);
    } finally {
      this.#isPumping = false;
    }
  }

  async #send(change: Change): Promise<void> {
    if (this.#isEnded || change.id <= this.#last || !this.#deps.types.includes(change.type)) return;
    const data = await this.#deps.describe(change);
    this.#last = change.id;
    if (data === undefined) return;
    this.#write(`id: ${change.id}\nevent: ${change.type}\ndata: ${JSON.stringify(data)}\n\n`);
    if (this.#deps.response.writableLength > UNSENT_BYTES_MAX) this.#cutOff("it takes nothing");
  }

  #write(text: string): void {
    if (!this.#isEnded) this.#deps.response.write(text);
  }

  #heartbeat(): void {
    this.#cancelHeartbeat = this.#deps.clock.after(HEARTBEAT_MS, () => {
      this.#write(": \n\n");
      this.#heartbeat();
    });
  }

  #cutOff(why: string): void {
    this.#deps.log.warn({ why }, "a client of the event stream was cut off");
    this.#isEnded = true;
    this.#cancelHeartbeat();
    this.#deps.response.destroy();
  }
}
