import type { ServerResponse } from "node:http";
import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import {
  EventStream,
  type EventStreamDeps,
  HEARTBEAT_MS,
  QUEUE_MAX,
  STALL_MS_MAX,
} from "../../../collector/console/event-stream.ts";
import { CHANGE_TYPES, type Change } from "../../../collector/console/queries/changes.ts";
import type { Store } from "../../../collector/store/port.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { openTestStore } from "../../support/test-store.ts";
import { settle, VirtualClock } from "../../support/virtual-clock.ts";

/** A response whose client reads only while `isReading`; small, so that it is full soon. */
class Client extends Writable {
  text = "";
  isReading = true;
  #waiting: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 64 });
  }

  writeHead(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk;
    if (this.isReading) done();
    else this.#waiting = done;
  }

  readOn(): void {
    this.isReading = true;
    this.#waiting?.();
  }

  get events(): string[] {
    return [...this.text.matchAll(/^id: (\d+)\nevent: (\w+)/gm)].map(([, id, event]) => `${id} ${event}`);
  }
}

interface World {
  client: Client;
  clock: VirtualClock;
  stream: EventStream;
}

function open(store: Store, given: Partial<EventStreamDeps> = {}): World {
  const client = new Client();
  const clock = new VirtualClock();
  const stream = new EventStream({
    response: client as unknown as ServerResponse,
    store,
    clock,
    log: SILENT_LOG,
    types: CHANGE_TYPES,
    describe: async ({ key }) => ({ key }),
    isWelcome: async () => true,
    ...given,
  });
  return { client, clock, stream };
}

async function storeWith(...ids: number[]): Promise<Store> {
  const store = await openTestStore();
  const rows = ids.map((id) => ({ id, at: 0, type: id % 2 === 0 ? ("punch" as const) : ("alert" as const), key: "1" }));
  if (rows.length > 0) await store.write((tx) => tx.insertInto("change").values(rows).execute());
  return store;
}

const change = (id: number, type: Change["type"] = "punch"): Change => ({ id, type, key: String(id) });

describe("a client of the event stream", () => {
  test("that is new gets what comes from now on, and the number to resume from", async () => {
    const { stream, client } = open(await storeWith(1, 2, 3));
    await stream.start(undefined);
    stream.offer([change(3), change(4)]);
    await settle();
    expect(client.text).toContain("\nid: 3\n\n");
    expect(client.events).toEqual(["4 punch"]);
  });

  test("that resumes gets what it missed, of its types, and then what came meanwhile, each once", async () => {
    const { stream, client } = open(await storeWith(1, 2, 3, 4), { types: ["punch"] });
    stream.offer([change(4), change(5, "alert"), change(6)]);
    await stream.start(1);
    await settle();
    expect(client.events).toEqual(["2 punch", "4 punch", "6 punch"]);
  });

  test.each([
    ["older than what is kept", 3, '{"since":3,"from":9}', ["10 punch", "11 alert"]],
    ["of a database that was put back", 5000, '{"since":5000,"from":11}', []],
  ])("that resumes from a number %s is told what it missed", async (_what, since, data, events) => {
    const { stream, client } = open(await storeWith(10, 11));
    await stream.start(since);
    await settle();
    expect(client.text).toContain(`event: missed\ndata: ${data}\n`);
    expect(client.events).toEqual(events);
  });

  test("that pauses loses nothing", async () => {
    const { stream, client, clock } = open(await storeWith());
    await stream.start(undefined);
    client.isReading = false;
    stream.offer(Array.from({ length: 50 }, (_, index) => change(index + 1)));
    await clock.advance(STALL_MS_MAX - 1);
    expect(client.writableLength).toBeLessThan(1000);
    client.readOn();
    await settle();
    await clock.advance(1);
    expect([client.events.length, client.destroyed]).toEqual([50, false]);
  });

  test("that takes nothing for too long is cut off", async () => {
    const { stream, client, clock } = open(await storeWith());
    await stream.start(undefined);
    client.isReading = false;
    stream.offer(Array.from({ length: 50 }, (_, index) => change(index + 1)));
    await clock.advance(STALL_MS_MAX);
    expect(client.destroyed).toBe(true);
  });

  test("for which more than so many changes wait is cut off", async () => {
    const { stream, client } = open(await storeWith());
    await stream.start(undefined);
    client.isReading = false;
    const changes = Array.from({ length: QUEUE_MAX }, (_, index) => change(index + 1));
    stream.offer(changes);
    await settle();
    expect(client.destroyed).toBe(false);
    stream.offer(changes.map(({ id }) => change(id + QUEUE_MAX)));
    expect(client.destroyed).toBe(true);
  });

  test("for which a flood of changes comes at once is cut off", async () => {
    const { stream, client } = open(await storeWith());
    await stream.start(undefined);
    stream.offer(Array.from({ length: 500_000 }, (_, index) => change(index + 1)));
    expect(client.destroyed).toBe(true);
  });

  test("whose changes cannot be read is cut off, to resume later", async () => {
    const { stream, client } = open(await storeWith(1), { describe: () => Promise.reject(new Error("disk")) });
    await stream.start(0);
    expect(client.destroyed).toBe(true);
  });

  test("hears a heartbeat, until its token holds no more", async () => {
    let isWelcome = true;
    const { stream, client, clock } = open(await storeWith(), { isWelcome: async () => isWelcome });
    await stream.start(undefined);
    await clock.advance(HEARTBEAT_MS);
    expect(client.text.endsWith(": \n\n")).toBe(true);
    isWelcome = false;
    await clock.advance(HEARTBEAT_MS);
    expect(client.writableEnded).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});
