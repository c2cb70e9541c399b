/** One client of the event stream: first what it missed, then what comes, in order; one that does not keep up is cut off. */
import type { ServerResponse } from "node:http";
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import type { Store } from "../store/port.ts";
import type { Change, ChangeType } from "./queries/changes.ts";

export const HEARTBEAT_MS = 15_000;
/** Changes that may wait for one client, as numbers: they are described when it takes them. */
export const QUEUE_MAX = 10_000;
/** A client that takes nothing for so long is gone, whatever its socket says. */
export const STALL_MS_MAX = 30_000;
const BACKLOG_PAGE = 500;

export interface EventStreamDeps {
  response: ServerResponse;
  store: Store;
  clock: Clock;
  log: Log;
  types: readonly ChangeType[];
  describe(change: Change): Promise<unknown>;
  /** Whether the client still may listen: its token can run out or be revoked. Asked at each heartbeat. */
  isWelcome(): Promise<boolean>;
}

/** The numbers of the oldest and the newest change that can still be read; 1 and 0 when there is none. */
export async function keptChanges(store: Store): Promise<{ oldest: number; newest: number }> {
  const row = await store.read
    .selectFrom("change")
    .select((eb) => [eb.fn.min("id").as("oldest"), eb.fn.max("id").as("newest")])
    .executeTakeFirst();
  return { oldest: row?.oldest ?? 1, newest: row?.newest ?? 0 };
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

  /** Sends what came after `since`, or only what comes from now on. Never rejects: what goes wrong ends the stream. */
  async start(since: number | undefined): Promise<void> {
    try {
      const kept = await keptChanges(this.#deps.store);
      if (this.#isEnded) return;
      this.#deps.response.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      this.#write(": dianmao\nretry: 2000\n\n");
      this.#heartbeat();
      this.#last = this.#resumeAt(since, kept);
      // A number without an event: a client that is cut off before its first event resumes from here.
      this.#write(`id: ${this.#last}\n\n`);
      if (since !== undefined) await this.#sendBacklog();
    } catch (error) {
      this.#cutOff((error as Error).message);
    }
    this.#isReady = true;
    void this.#pump();
  }

  /** Takes changes as they are committed. Those of the backlog's time wait for its end. */
  offer(changes: readonly Change[]): void {
    if (this.#isEnded) return;
    for (const change of changes) if (this.#deps.types.includes(change.type)) this.#queue.push(change);
    if (this.#queue.length > QUEUE_MAX) this.#cutOff("too many changes waited");
    else if (this.#isReady) void this.#pump();
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelHeartbeat();
    this.#deps.response.end();
  }

  /** What cannot be sent any more (it was trimmed, or the database is an older copy) is said, so that the client reads the lists again. */
  #resumeAt(since: number | undefined, { oldest, newest }: { oldest: number; newest: number }): number {
    if (since === undefined) return newest;
    const from = since > newest ? newest : Math.max(since, oldest - 1);
    if (from !== since) this.#write(`event: missed\ndata: ${JSON.stringify({ since, from })}\n\n`);
    return from;
  }

  async #sendBacklog(): Promise<void> {
    const { store, types } = this.#deps;
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
      while (this.#queue.length > 0 && !this.#isEnded) await this.#send(this.#queue.shift() as Change);
    } catch (error) {
      this.#cutOff((error as Error).message);
    } finally {
      this.#isPumping = false;
    }
  }

  async #send(change: Change): Promise<void> {
    if (this.#isEnded || change.id <= this.#last) return;
    const data = await this.#deps.describe(change);
    this.#last = change.id;
    if (data === undefined) return;
    this.#write(`id: ${change.id}\nevent: ${change.type}\ndata: ${JSON.stringify(data)}\n\n`);
    await this.#untilTaken();
  }

  /** Waits while the socket's buffer is full; meanwhile changes gather in the queue, up to its limit. */
  async #untilTaken(): Promise<void> {
    const { response, clock } = this.#deps;
    if (this.#isEnded || !response.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(STALL_MS_MAX, () => this.#cutOff("it takes nothing"));
      const done = () => {
        cancel();
        response.off("drain", done).off("close", done);
        resolve();
      };
      response.on("drain", done).on("close", done);
    });
  }

  #write(text: string): void {
    if (!this.#isEnded) this.#deps.response.write(text);
  }

  #heartbeat(): void {
    this.#cancelHeartbeat = this.#deps.clock.after(HEARTBEAT_MS, () => {
      this.#write(": \n\n");
      this.#heartbeat();
      this.#deps.isWelcome().then(
        (isWelcome) => isWelcome || this.end(),
        (error: Error) => this.#deps.log.warn({ err: error.message }, "cannot tell whether a token still holds"),
      );
    });
  }

  #cutOff(why: string): void {
    if (this.#isEnded) return;
    this.#deps.log.warn({ why }, "a client of the event stream was cut off");
    this.#isEnded = true;
    this.#queue = [];
    this.#cancelHeartbeat();
    this.#deps.response.destroy();
  }
}
