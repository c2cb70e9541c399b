import { describe, expect, test } from "vitest";
import { Journal, UNSYNCED_RECORDS_MAX } from "../../../protocol/delivery/journal.ts";
import { BATCH_RECORDS_MAX } from "../../../protocol/messages/limits.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { FaultyFiles } from "../../support/faulty-files.ts";
import { settle, VirtualClock } from "../../support/virtual-clock.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const clock = () => new VirtualClock();

function open(files: FaultyFiles, options: Partial<Parameters<typeof Journal.open>[0]> = {}): Promise<Journal> {
  return Journal.open({ files, clock: clock(), random: seededRandom(1), machine: "00000000000000aa", ...options });
}

const json = (kind: string, text: string) => JSON.stringify({ kind, at: "2026-11-23T00:00:00.000Z", body: { text } });

async function appendAll(journal: Journal, kind: string, count: number, size = 10): Promise<number[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => journal.append(kind, json(kind, `${index}`.padEnd(size, "x")))),
  );
}

/** A journal of `count` punches whose only segment was changed before it was opened again. */
async function reopenedAfter(
  count: number,
  harm: (bytes: Buffer) => void,
): Promise<{ files: FaultyFiles; again: Journal }> {
  const files = new FaultyFiles();
  const journal = await open(files);
  await appendAll(journal, "punch", count);
  const [segment] = (await files.list()).filter((name) => name.endsWith(".journal"));
  const bytes = Buffer.from(await files.read(segment as string));
  harm(bytes);
  await files.replace(segment as string, bytes);
  // The note is of the beginning: what it knows must not be what saves the day.
  return { files, again: await open(files) };
}

/** Offset of the line feed behind the record of that number; the head is the first line. */
function lineFeedOf(bytes: Buffer, number: number): number {
  let at = bytes.indexOf(0x0a);
  for (let line = 0; line < number; line++) at = bytes.indexOf(0x0a, at + 1);
  return at;
}

function flip(bytes: Buffer, at: number): void {
  bytes[at] = (bytes[at] as number) ^ 1;
}

/** Everything from a number on, as `number kind`; a gap as `from-to gap reason`. */
async function all(journal: Journal, from = 1): Promise<string[]> {
  const shown: string[] = [];
  for (let next = from; next <= journal.newest; ) {
    const { lines, last } = await journal.read(next);
    for (const line of lines) {
      const { body } = JSON.parse(line.json);
      shown.push(line.kind === "gap" ? `${body.from}-${body.to} gap ${body.reason}` : `${line.number} ${line.kind}`);
    }
    next = last + 1;
  }
  return shown;
}

describe("a journal", () => {
  test("numbers records from 1 and gives them back in order, also after it was opened again", async () => {
    const files = new FaultyFiles();
    const journal = await open(files);
    expect(journal.newest).toBe(0);
    expect(await appendAll(journal, "punch", 3)).toEqual([1, 2, 3]);
    await journal.close();

    const again = await open(files);
    expect(again.epoch).toBe(journal.epoch);
    expect(await again.append("power", json("power", ""))).toBe(4);
    expect(await all(again)).toEqual(["1 punch", "2 punch", "3 punch", "4 power"]);
  });

  test("gives back any text that JSON can hold, Unicode's own line ends among it, after it was opened again", async () => {
    const files = new FaultyFiles();
    const journal = await open(files);
    const record = json("finding", "\u2028\u2029\u0085\r\n\0 \ud800 \ufeff 𬭚宁");
    await journal.append("finding", record);
    await appendAll(journal, "punch", 1);
    await journal.close();
    const again = await open(files);
    expect((await again.read(1)).lines[0]?.json).toBe(record);
    expect([await all(again), again.counters.damaged]).toEqual([["1 finding", "2 punch"], 0]);
  });

  test("syncs what is appended together once, not record by record", async () => {
    const files = new FaultyFiles();
    const journal = await open(files);
    const before = files.syncs;
    await appendAll(journal, "punch", 1000);
    expect(files.syncs - before).toBe(1);
  });

  test("cuts batches at 500 records and at 64 KiB", async () => {
    const journal = await open(new FaultyFiles());
    await appendAll(journal, "punch", BATCH_RECORDS_MAX + 1, 10);
    expect((await journal.read(1)).last).toBe(BATCH_RECORDS_MAX);
    await appendAll(journal, "posture", 10, 20_000);
    const { lines } = await journal.read(BATCH_RECORDS_MAX + 2);
    expect(lines).toHaveLength(3);
  });

  test("refuses a record that no batch could carry, and one after it was closed", async () => {
    const journal = await open(new FaultyFiles());
    await expect(journal.append("punch", json("punch", "x".repeat(50_000)))).rejects.toMatchObject({
      code: "record-too-large",
    });
    await journal.close();
    await expect(journal.append("punch", json("punch", ""))).rejects.toMatchObject({ code: "journal-closed" });
  });

  test("of another machine is kept aside, and a new epoch begun", async () => {
    const files = new FaultyFiles();
    const first = await open(files);
    await appendAll(first, "punch", 2);
    await first.close();

    const other = await open(files, { machine: "00000000000000bb", random: seededRandom(2) });
    expect(other.movedAside).toBe(true);
    expect(other.epoch).not.toBe(first.epoch);
    expect(other.newest).toBe(0);
    expect((await files.list()).filter((name) => name.startsWith(`aside-${first.epoch}`))).toHaveLength(2);
  });
});

describe("after a power cut", () => {
  test("everything that append resolved for is there, in 300 seeded worlds", async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(seed);
      const files = new FaultyFiles();
      const journal = await open(files);
      const acknowledged = await appendAll(journal, "punch", 1 + Math.floor(random() * 20));
      // These are under way when the power goes.
      const underWay = appendAll(journal, "punch", Math.floor(random() * 20)).catch(() => []);
      const after = files.powerCut(random);
      const again = await open(after);
      const read = await all(again);
      expect(read.slice(0, acknowledged.length), `seed ${seed}`).toEqual(
        acknowledged.map((number) => `${number} punch`),
      );
      expect(await again.append("power", json("power", "")), `seed ${seed}`).toBe(again.newest);
      await underWay;
    }
  });

  test("a torn last line is cut off and its number used again: nobody was told of it", async () => {
    const files = new FaultyFiles();
    const journal = await open(files);
    await appendAll(journal, "punch", 3);
    const [segment] = (await files.list()).filter((name) => name.endsWith(".journal"));
    const { length } = await files.read(segment as string);
    await files.truncate(segment as string, length - 7);

    const again = await open(files);
    expect(again.newest).toBe(2);
    expect(await again.append("punch", json("punch", "new"))).toBe(3);
    expect(await all(again)).toEqual(["1 punch", "2 punch", "3 punch"]);
  });
});

describe("a flipped bit", () => {
  test("costs its record and no other, and stands as a gap, in 300 seeded worlds", async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(seed);
      const files = new FaultyFiles();
      const journal = await open(files);
      await appendAll(journal, "punch", 50, 40);
      await journal.close();
      files.flipBit(/\.journal$/, random);

      const again = await open(files);
      const read = await all(again);
      const gaps = read.filter((line) => line.includes("gap"));
      expect(read.length - gaps.length, `seed ${seed}`).toBeGreaterThanOrEqual(49);
      expect(
        gaps.every((line) => line.endsWith("journal-damaged")),
        `seed ${seed}: ${gaps}`,
      ).toBe(true);
      expect(await again.append("punch", json("punch", "")), `seed ${seed}`).toBeGreaterThan(50);
    }
  });

  test("in the last whole line does not let its number be used again: it may have been sent", async () => {
    const files = new FaultyFiles();
    const journal = await open(files);
    await appendAll(journal, "punch", 3);
    const [segment] = (await files.list()).filter((name) => name.endsWith(".journal"));
    const bytes = Buffer.from(await files.read(segment as string));
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] as number) ^ 1;
    await files.replace(segment as string, bytes);

    const again = await open(files);
    expect(again.newest).toBe(3);
    expect(await again.append("punch", json("punch", ""))).toBe(4);
    expect(await all(again)).toEqual(["1 punch", "2 punch", "3-3 gap journal-damaged", "4 punch"]);
  });
});

describe("a damaged line feed", () => {
  test("costs no record where a line follows, and none at the end", async () => {
    for (const ordinal of [1, 2, 3]) {
      const { files, again } = await reopenedAfter(3, (bytes) => flip(bytes, lineFeedOf(bytes, ordinal)));
      expect(await again.append("punch", json("punch", ""))).toBe(4);
      expect(await all(await open(files)), `line feed ${ordinal}`).toEqual([
        "1 punch",
        "2 punch",
        "3 punch",
        "4 punch",
      ]);
    }
  });

  test("with a damaged line before it: no number is used again, however many records the damage held", async () => {
    const { again } = await reopenedAfter(6, (bytes) => bytes.fill("?", lineFeedOf(bytes, 3) + 1, bytes.length - 1));
    expect(await again.append("punch", json("punch", ""))).toBeGreaterThan(6);
  });
});

describe("the note beside the records", () => {
  test("when damaged anywhere, or lost, costs neither the epoch nor a record", async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const files = new FaultyFiles();
      const journal = await open(files);
      await appendAll(journal, "punch", 5);
      await journal.commit(3, "db");
      await journal.close();
      if (seed === 1) await files.remove("journal.json");
      else files.flipBit(/^journal\.json$/, seededRandom(seed));

      const again = await open(files);
      expect([again.epoch, again.movedAside, again.newest], `seed ${seed}`).toEqual([journal.epoch, false, 5]);
      expect(again.committed, `seed ${seed}`).toBeLessThanOrEqual(3);
      expect(await all(again), `seed ${seed}`).toEqual([1, 2, 3, 4, 5].map((number) => `${number} punch`));
    }
  });

  test("remembers the newest number where all segments are lost", async () => {
    const files = new FaultyFiles();
    const journal = await open(files);
    await appendAll(journal, "punch", 5);
    await journal.close();
    for (const name of await files.list()) if (name.endsWith(".journal")) await files.remove(name);
    const again = await open(files);
    expect(await again.append("punch", json("punch", ""))).toBe(6);
    expect(await all(again)).toEqual(["1-5 gap journal-expired", "6 punch"]);
  });
});

describe("an identity", () => {
  test("other than the one before begins an epoch with what is not committed; the same does not", async () => {
    const files = new FaultyFiles();
    const journal = await open(files);
    await journal.bindTo("a");
    await appendAll(journal, "punch", 3);
    await journal.commit(2, "db");
    const { epoch } = journal;
    await journal.bindTo("a");
    expect([journal.epoch, journal.base]).toEqual([epoch, 0]);

    await journal.bindTo("b");
    expect(journal.epoch).not.toBe(epoch);
    expect([journal.base, journal.newest, journal.oldest]).toEqual([2, 3, 3]);
    await appendAll(journal, "punch", 1);
    await journal.close();
    await files.remove("journal.json");
    const again = await open(files);
    expect([again.epoch, again.base, again.newest]).toEqual([journal.epoch, 2, 4]);
  });
});

describe("a full disk", () => {
  test("rejects the append, harms nothing, and is over once there is space", async () => {
    const files = new FaultyFiles();
    const journal = await open(files);
    await appendAll(journal, "punch", 5);
    files.spaceBytes = files.usedBytes + 20;
    await expect(journal.append("punch", json("punch", "x".repeat(100)))).rejects.toMatchObject({
      code: "journal-full",
    });
    files.spaceBytes = Number.POSITIVE_INFINITY;
    expect(await journal.append("punch", json("punch", "later"))).toBe(6);
    expect(await all(await open(files))).toEqual([1, 2, 3, 4, 5, 6].map((number) => `${number} punch`));
  });

  test("lets older posture give way to a punch, and leaves a gap at its place", async () => {
    const files = new FaultyFiles();
    const journal = await open(files);
    await appendAll(journal, "posture", 30, 5000);
    await appendAll(journal, "punch", 2);
    files.spaceBytes = files.usedBytes + 20;
    expect(await journal.append("punch", json("punch", "the third"))).toBe(33);
    expect(await all(journal)).toEqual(["1-30 gap journal-full", "31 punch", "32 punch", "33 punch"]);
    expect(journal.counters.sacrificed).toBe(30);
  });

  test("an error of the disk is told as such", async () => {
    const files = new FaultyFiles();
    const journal = await open(files);
    files.failNextAppend("EIO");
    await expect(journal.append("punch", json("punch", ""))).rejects.toMatchObject({ code: "journal-io" });
    expect(await journal.append("punch", json("punch", ""))).toBe(1);
  });
});

describe("a failed write that cannot be taken back", () => {
  test("harms no record behind it, and its numbers are not used again", async () => {
    const files = new FaultyFiles();
    const journal = await open(files);
    await appendAll(journal, "punch", 2);
    files.failNextAppend("EIO");
    files.failTruncations = "EIO";
    await expect(journal.append("punch", json("punch", "half"))).rejects.toMatchObject({ code: "journal-io" });
    expect(await journal.append("power", json("power", ""))).toBe(4);
    files.failTruncations = undefined;
    await journal.close();
    expect(await all(await open(files))).toEqual(["1 punch", "2 punch", "3-3 gap journal-damaged", "4 power"]);
  });
});

describe("too many appends for the disk", () => {
  test("are refused at the limit and not before", async () => {
    const journal = await open(new FaultyFiles());
    const appends = appendAll(journal, "punch", UNSYNCED_RECORDS_MAX);
    await expect(journal.append("punch", json("punch", ""))).rejects.toMatchObject({ code: "journal-busy" });
    expect(await appends).toHaveLength(UNSYNCED_RECORDS_MAX);
  });
});

describe("the size bound", () => {
  const bound = { maxBytes: 3 * 512 * 1024 };

  test("first drops what is committed, then postures; punches never, and a posture then is refused", async () => {
    const files = new FaultyFiles();
    const journal = await open(files, bound);
    await appendAll(journal, "posture", 40, 20_000);
    await journal.commit(26, "db");
    await appendAll(journal, "punch", 60, 20_000);
    const kept = await all(journal, journal.oldest);
    expect(kept.filter((line) => line.includes("punch"))).toHaveLength(60);
    expect(kept.some((line) => line.includes("gap journal-full"))).toBe(true);
    expect(journal.bytes).toBeLessThanOrEqual(bound.maxBytes);

    await appendAll(journal, "punch", 12, 20_000);
    await expect(appendAll(journal, "posture", 20, 20_000)).rejects.toMatchObject({ code: "journal-full" });
  });

  test("does not touch what is in flight: one number never has two contents", async () => {
    const journal = await open(new FaultyFiles(), bound);
    await appendAll(journal, "posture", 60, 20_000);
    await journal.read(1);
    const { lines: before } = await journal.read(1);
    await appendAll(journal, "punch", 25, 20_000);
    expect(journal.counters.sacrificed).toBeGreaterThan(0);
    const { lines: after } = await journal.read(1);
    const gapBehind = expect.stringContaining('"reason":"journal-full"');
    expect(after.map(({ json }) => json)).toEqual([...before.map(({ json }) => json), gapBehind]);
  });
});

describe("while a segment is being read", () => {
  /** A disk that takes its time to read: what else is asked of the files meanwhile comes first. */
  class SlowFiles extends FaultyFiles {
    delay: "before" | "behind" = "behind";

    override async read(name: string): Promise<Uint8Array> {
      if (this.delay === "before") await settle();
      const bytes = await super.read(name);
      if (this.delay === "behind") await settle();
      return bytes;
    }
  }

  test("its records do not give way: one number never has two contents", async () => {
    const journal = await open(new SlowFiles(), { maxBytes: 3 * 512 * 1024 });
    await appendAll(journal, "posture", 60, 20_000);
    const reading = journal.read(1);
    await appendAll(journal, "punch", 25, 20_000);
    expect(journal.counters.sacrificed).toBeGreaterThan(0);
    const { lines: sent } = await reading;
    const { lines: kept } = await journal.read(1);
    const gapBehind = expect.stringContaining('"reason":"journal-full"');
    expect(kept.map(({ json }) => json)).toEqual([...sent.map(({ json }) => json), gapBehind]);
  });

  test("it is not removed: reading does not fail", async () => {
    const time = clock();
    const files = new SlowFiles();
    files.delay = "before";
    const journal = await open(files, { clock: time });
    await appendAll(journal, "punch", 60, 20_000);
    await journal.commit(60, "db");
    await time.advance(8 * DAY_MS);
    const reading = journal.read(1);
    await journal.trim();
    expect((await reading).lines[0]).toMatchObject({ number: 1, kind: "punch" });
    expect(journal.oldest).toBeGreaterThan(1);
  });
});

describe("committed records", () => {
  test("are kept for the replay window and then removed, segment by segment", async () => {
    const time = clock();
    const journal = await open(new FaultyFiles(), { clock: time });
    await appendAll(journal, "punch", 60, 20_000);
    await journal.commit(60, "db");
    await time.advance(6 * DAY_MS);
    await journal.trim();
    expect(journal.oldest).toBe(1);

    await appendAll(journal, "punch", 1);
    await time.advance(2 * DAY_MS);
    await journal.trim();
    expect(journal.oldest).toBeGreaterThan(1);
    const [first] = await all(journal, 1);
    expect(first).toBe(`1-${journal.oldest - 1} gap journal-expired`);
  });

  test("do not become younger when the journal is opened again", async () => {
    const time = clock();
    const files = new FaultyFiles();
    const journal = await open(files, { clock: time });
    await appendAll(journal, "punch", 60, 20_000);
    await journal.commit(60, "db");
    await journal.close();
    await time.advance(8 * DAY_MS);
    const again = await open(files, { clock: time });
    await again.trim();
    expect(again.oldest).toBeGreaterThan(1);
  });

  test("are kept as long as the settings say", async () => {
    const time = clock();
    const journal = await open(new FaultyFiles(), { clock: time });
    await appendAll(journal, "punch", 60, 20_000);
    await journal.commit(60, "db");
    await time.advance(2 * DAY_MS);
    journal.setReplayMs(DAY_MS);
    await journal.trim();
    expect(journal.oldest).toBeGreaterThan(1);
  });

  test("that are not committed are never removed by age", async () => {
    const time = clock();
    const journal = await open(new FaultyFiles(), { clock: time });
    await appendAll(journal, "punch", 60, 20_000);
    await time.advance(100 * DAY_MS);
    await journal.trim();
    expect(journal.oldest).toBe(1);
  });
});
