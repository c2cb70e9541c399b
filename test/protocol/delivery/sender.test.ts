import { describe, expect, test } from "vitest";
import { Journal } from "../../../protocol/delivery/journal.ts";
import { Sender, STUCK_MS } from "../../../protocol/delivery/sender.ts";
import type { AppError } from "../../../protocol/errors.ts";
import { BATCHES_IN_FLIGHT_MAX } from "../../../protocol/messages/limits.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { FaultyFiles } from "../../support/faulty-files.ts";
import { ModelCentre } from "../../support/model-centre.ts";
import { settle, VirtualClock } from "../../support/virtual-clock.ts";

const MACHINE = "00000000000000aa";

async function world(records: number) {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const files = new FaultyFiles();
  const journal = await Journal.open({ files, clock, random, machine: MACHINE });
  const sent: { channel: string; message: Record<string, unknown> }[] = [];
  const replays: unknown[] = [];
  const troubles: unknown[] = [];
  const committed: number[] = [];
  for (let index = 0; index < records; index++) {
    // Big enough that each batch holds three.
    await journal.append("punch", JSON.stringify({ kind: "punch", at: "", body: { index, pad: "x".repeat(20_000) } }));
  }
  const sender = new Sender(
    {
      journal,
      clock,
      random,
      agent: "test",
      machine: MACHINE,
      publish: async (channel, payload) => {
        sent.push({ channel, message: JSON.parse(payload) });
      },
    },
    {
      onReplay: (replay) => replays.push(replay),
      onCommitted: (through) => committed.push(through),
      onTrouble: (error) => troubles.push((error as AppError).code),
    },
  );
  const ack = (through: number, db = "db") => sender.onAck({ v: 1, db, epoch: journal.epoch, through });
  const ups = () => sent.filter(({ channel }) => channel === "up").map(({ message }) => message.first);
  return { clock, files, journal, sender, sent, replays, troubles, committed, ack, ups };
}

describe("a sender", () => {
  test("publishes nothing before it is connected, then hello, and batches only once the centre answered", async () => {
    const { sender, sent, ups, ack, journal } = await world(3);
    sender.appended();
    await settle();
    expect(sent).toEqual([]);

    sender.connected();
    await settle();
    expect(sent.map(({ channel }) => channel)).toEqual(["hello"]);
    expect(sent[0]?.message).toMatchObject({ epoch: journal.epoch, oldest: 1, newest: 3, acked: 0, machine: MACHINE });

    await ack(0);
    await settle();
    expect(ups()).toEqual([1]);
  });

  test("begins behind what the centre has, not behind what it remembers", async () => {
    const { sender, ack, ups } = await world(9);
    sender.connected();
    await ack(3);
    await settle();
    expect(ups()).toEqual([4, 7]);
  });

  test("has at most ten batches in flight, and sends one more for each that is acknowledged", async () => {
    const { sender, ack, ups } = await world(45);
    sender.connected();
    await ack(0);
    await settle();
    expect(ups()).toHaveLength(BATCHES_IN_FLIGHT_MAX);
    await ack(3);
    await settle();
    expect(ups()).toHaveLength(BATCHES_IN_FLIGHT_MAX + 1);
    await ack(12);
    await settle();
    expect(ups()).toHaveLength(BATCHES_IN_FLIGHT_MAX + 4);
  });

  test("asks where the centre stands when nothing moves, and sends again from there", async () => {
    const { clock, sender, ack, ups, sent } = await world(9);
    sender.connected();
    await ack(0);
    await settle();
    await clock.advance(2 * STUCK_MS + 1);
    expect(sent.filter(({ channel }) => channel === "hello")).toHaveLength(2);
    await ack(3);
    await settle();
    expect(ups()).toEqual([1, 4, 7, 4, 7]);
    expect(sender.counters.resends).toBe(1);
  });

  test("goes back when another database has less, and says what its journal no longer has", async () => {
    const { sender, ack, ups, replays, committed } = await world(9);
    sender.connected();
    await ack(0);
    await settle();
    await ack(9);
    expect(committed).toEqual([9]);
    await ack(3, "restored");
    await settle();
    expect(ups().slice(3)).toEqual([4, 7]);
    expect(replays).toEqual([{ db: "restored", committed: 3, missing: 0 }]);
  });

  test("ignores a lower mark of the same database: an old answer that was overtaken", async () => {
    const { sender, ack, ups, replays } = await world(9);
    sender.connected();
    await ack(0);
    await settle();
    await ack(9);
    await ack(3);
    await settle();
    expect([ups(), replays]).toEqual([[1, 4, 7], []]);
  });

  test("ignores acknowledgements of another epoch, of numbers that do not exist, and of an earlier connection", async () => {
    const { sender, journal, ack } = await world(3);
    sender.connected();
    await sender.onAck({ v: 1, db: "db", epoch: "f".repeat(16), through: 3 });
    await ack(4);
    sender.disconnected();
    await ack(3);
    expect(journal.committed).toBe(0);
    expect(sender.counters.strangeAcks).toBe(2);
  });

  test("stands still when the centre has numbers that this journal never sent: it is an older copy", async () => {
    const { sender, ack, ups, journal, troubles } = await world(9);
    await journal.append("punch", JSON.stringify({ kind: "punch", at: "", body: {} }));
    sender.connected();
    await ack(10);
    await settle();
    expect(ups()).toEqual([]);
    expect(troubles).toEqual(["journal-outrun"]);
  });

  test("tries again when the journal cannot be read", async () => {
    const { clock, sender, ack, ups, files } = await world(30);
    files.failReads = "EMFILE";
    sender.connected();
    await ack(0);
    await settle();
    expect(ups()).toEqual([]);
    files.failReads = undefined;
    await clock.advance(5000);
    expect(ups()).toHaveLength(BATCHES_IN_FLIGHT_MAX);
  });

  test("numbers from 1 again under another identity, gaps included", async () => {
    const { sender, ack, journal, sent } = await world(6);
    await journal.bindTo("a");
    await journal.commit(4, "db");
    await journal.bindTo("b");
    sender.connected();
    await ack(0);
    await settle();
    expect(sent.map(({ message }) => [message.oldest, message.newest, message.first])).toEqual([
      [1, 2, undefined],
      [undefined, undefined, 1],
    ]);
    await ack(2);
    expect(journal.committed).toBe(6);
  });

  test("leaves no timer behind when it is disconnected", async () => {
    const { clock, sender, ack } = await world(9);
    sender.connected();
    await ack(0);
    await settle();
    sender.disconnected();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("whatever is lost, repeated, overtaken, cut, killed or restored", () => {
  test("every record arrives exactly once, in 150 seeded worlds", async () => {
    for (let seed = 1; seed <= 150; seed++) await storm(seed);
  }, 60_000);
});

/** One source and a model centre through a storm; throws with its seed. */
async function storm(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const clock = new VirtualClock();
  const centre = new ModelCentre(random);
  let files = new FaultyFiles();
  let source = await openSource();
  let made = 0;
  const kept = new Map<number, string>();

  async function openSource() {
    const journal = await Journal.open({ files, clock, random, machine: MACHINE });
    const sender: Sender = new Sender({
      journal,
      clock,
      random,
      agent: "test",
      machine: MACHINE,
      publish: async (channel, payload) => {
        if (random() < 0.15) return;
        const copies = random() < 0.1 ? 2 : 1;
        for (let copy = 0; copy < copies; copy++) {
          clock.after(Math.floor(random() * 200), () => {
            for (const ack of centre.take(channel, payload)) {
              if (random() < 0.2) continue;
              clock.after(Math.floor(random() * 200), () => void sender.onAck(ack));
            }
          });
        }
      },
    });
    return { journal, sender };
  }

  async function append(): Promise<void> {
    const body = { index: made++, pad: "x".repeat(Math.floor(random() * 3000)) };
    const json = JSON.stringify({ kind: random() < 0.3 ? "posture" : "punch", at: "", body });
    const number = await source.journal.append("punch", json);
    kept.set(number, json);
    source.sender.appended();
  }

  const deeds: (() => Promise<void>)[] = [
    append,
    append,
    append,
    async () => source.sender.connected(),
    async () => source.sender.disconnected(),
    async () => {
      // The source loses its power; what append resolved for is on its disk.
      source.sender.disconnected();
      files = files.powerCut(random);
      source = await openSource();
    },
    async () => centre.restart(),
    async () => centre.backup(),
    async () => centre.restore(),
  ];
  for (let step = 0; step < 120; step++) {
    await (deeds[Math.floor(random() * deeds.length)] as () => Promise<void>)();
    await clock.advance(Math.floor(random() * 4000));
  }
  source.sender.connected();
  for (let calm = 0; calm < 40 && centre.committedOf(source.journal.epoch) < source.journal.newest; calm++) {
    await clock.advance(30_000);
  }
  expect(centre.contents(source.journal.epoch), `seed ${seed}`).toEqual([...kept.entries()].sort(([a], [b]) => a - b));
}
