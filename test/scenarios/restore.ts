/**
 * Last night's copy of the database is put back, and the sources fill it up again from their journals. What one of them no longer holds
 * is a gap in its place. Real database, intake, journals and senders; only the network between them is in memory.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createIntake, type Intake } from "../../collector/intake/create-intake.ts";
import { restoreDatabase } from "../../collector/store/copy.ts";
import { openStore } from "../../collector/store/open-store.ts";
import type { Store } from "../../collector/store/port.ts";
import { openSqlite3Driver } from "../../collector/store/sqlite3-driver.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import { lastNumberOf } from "../../protocol/messages/numbering.ts";
import { seededRandom } from "../../protocol/seeded-random.ts";
import type { Clock } from "../../protocol/time.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { MemoryBroker } from "../support/memory-broker.ts";
import { JournaledSource } from "./restore/journaled-source.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Journals keep what is committed for 7 days; the scenario jumps beyond that for one of the sources. */
const EIGHT_DAYS_MS = 8 * DAY_MS;
const FORGETFUL = "pc-0";
/** Two segments of a journal and a little: the first of them can expire. */
const FORGETFUL_RECORDS = 5_000;
const LOOK_MS = 10;
const CATCH_UP_MS_MAX = 60_000;

export interface RestoreScenario {
  seed: number;
  sources: number;
  /** Records of all sources before the copy is made, and after it until the disk dies. */
  recordsBefore: number;
  recordsAfter: number;
}

export interface RestoreOutcome {
  ok: boolean;
  appended: number;
  /** Rows in the copy, before the disk died, and in the end. */
  rowsInCopy: number;
  rowsBefore: number;
  rowsAfter: number;
  doubled: number;
  /** Numbers that neither a record nor a gap stands for. */
  missing: number;
  /** Numbers that a gap stands for: expired in the journal of the one source that was away too long. */
  expired: number;
  newIncarnation: boolean;
  seconds: number;
}

export async function run(scenario: RestoreScenario): Promise<RestoreOutcome> {
  const startAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "dianmao-restore-"));
  const world = await World.open(folder, scenario);
  try {
    await world.append(scenario.recordsBefore);
    await world.caughtUp();
    await world.store.backup(join(folder, "last-night.db"));
    const rowsInCopy = await world.rows();

    await world.append(scenario.recordsAfter);
    await world.forget();
    await world.caughtUp();
    const rowsBefore = await world.rows();
    const before = world.store.incarnation;

    await world.restore(join(folder, "last-night.db"));
    await world.append(scenario.sources);
    await world.caughtUp();
    const counted = await world.count();
    const newIncarnation = world.store.incarnation !== before;
    const outcome = { rowsInCopy, rowsBefore, rowsAfter: await world.rows(), ...counted, newIncarnation };
    const ok = counted.doubled === 0 && counted.missing === 0 && newIncarnation && rowsInCopy < rowsBefore;
    return { ok, appended: world.appended, ...outcome, seconds: (performance.now() - startAt) / 1_000 };
  } finally {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

class World {
  readonly #folder: string;
  readonly #broker: MemoryBroker;
  readonly #sources: JournaledSource[] = [];
  readonly #random: () => number;
  #skipMs = 0;
  #intake: Intake;
  store: Store;
  appended = 0;

  private constructor(folder: string, store: Store, intake: Intake, broker: MemoryBroker, seed: number) {
    this.#folder = folder;
    this.store = store;
    this.#intake = intake;
    this.#broker = broker;
    this.#random = seededRandom(seed);
  }

  static async open(folder: string, { seed, sources }: RestoreScenario): Promise<World> {
    const broker = new MemoryBroker(() => Date.now());
    const store = await openDatabase(folder);
    await enrol(store, sources);
    const intake = await startIntake(store, broker);
    const world = new World(folder, store, intake, broker, seed);
    for (let index = 0; index < sources; index++) {
      const name = `pc-${index}`;
      const clock = name === FORGETFUL ? world.#skippingClock() : SYSTEM_CLOCK;
      const source = await JournaledSource.open(name, join(folder, name), { broker, clock, random: world.#random });
      world.#sources.push(source);
      source.connect();
    }
    return world;
  }

  /** Records of random sources, in the order of the seed. */
  async append(count: number): Promise<void> {
    const all: Promise<unknown>[] = [];
    for (let index = 0; index < count; index++) {
      const source = this.#sources[Math.floor(this.#random() * this.#sources.length)];
      if (source) all.push(source.append(`event ${this.appended++}`));
    }
    await Promise.all(all);
  }

  /** One source writes so much, and is then so long without a restart of the centre, that its journal lets old records go. */
  async forget(): Promise<void> {
    const [source] = this.#sources;
    if (!source) return;
    await Promise.all(Array.from({ length: FORGETFUL_RECORDS }, () => source.append(`event ${this.appended++}`)));
    await this.caughtUp();
    this.#skipMs = EIGHT_DAYS_MS;
    await source.append(`event ${this.appended++}`);
  }

  async caughtUp(): Promise<void> {
    for (const until = performance.now() + CATCH_UP_MS_MAX; performance.now() < until; ) {
      if (this.#sources.every((source) => source.isCommitted)) return;
      await pause(LOOK_MS);
    }
    throw new Error("the sources did not catch up");
  }

  /** The centre dies with its disk; another one starts from the copy, and the sources connect to it. */
  async restore(copy: string): Promise<void> {
    for (const source of this.#sources) source.disconnect();
    await this.#intake.close();
    await this.store.close();
    await restoreDatabase(copy, databaseIn(this.#folder), { openDriver: openSqlite3Driver, now: () => Date.now() });
    this.store = await openDatabase(this.#folder);
    this.#intake = await startIntake(this.store, this.#broker);
    for (const source of this.#sources) source.connect();
  }

  async rows(): Promise<number> {
    return (await this.#records()).length;
  }

  async count(): Promise<{ doubled: number; missing: number; expired: number }> {
    const seen = new Map<string, number>();
    let expired = 0;
    for (const { name, seq, kind, body } of await this.#records()) {
      const last = lastNumberOf(seq, { kind, body: JSON.parse(body) });
      if (kind === "gap") expired += last - seq + 1;
      for (let number = seq; number <= last; number++) {
        seen.set(`${name} ${number}`, (seen.get(`${name} ${number}`) ?? 0) + 1);
      }
    }
    let missing = 0;
    for (const source of this.#sources) {
      for (let number = 1; number <= source.newest; number++) if (!seen.has(`${source.name} ${number}`)) missing++;
    }
    return { doubled: [...seen.values()].filter((times) => times > 1).length, missing, expired };
  }

  async close(): Promise<void> {
    for (const source of this.#sources) await source.close();
    await this.#intake.close();
    await this.store.close();
  }

  async #records(): Promise<{ name: string; seq: number; kind: string; body: string }[]> {
    return await this.store.read
      .selectFrom("record")
      .innerJoin("mark", "mark.id", "record.mark_id")
      .innerJoin("source", "source.id", "mark.source_id")
      .where("source.kind", "=", "agent")
      .select(["source.name", "record.seq", "record.kind", "record.body"])
      .execute();
  }

  #skippingClock(): Clock {
    return {
      ...SYSTEM_CLOCK,
      now: () => Date.now() + this.#skipMs,
      monotonic: () => performance.now() + this.#skipMs,
    };
  }
}

function databaseIn(folder: string): string {
  return join(folder, "compliance.db");
}

async function openDatabase(folder: string): Promise<Store> {
  const deps = { clock: SYSTEM_CLOCK, log: SILENT_LOG, driver: openSqlite3Driver };
  return await openStore({ path: databaseIn(folder), ...deps });
}

async function startIntake(store: Store, broker: MemoryBroker): Promise<Intake> {
  return await createIntake({ store, broker, clock: SYSTEM_CLOCK, log: SILENT_LOG, version: "scenario" });
}

async function enrol(store: Store, sources: number): Promise<void> {
  const common = { site: "hall", kind: "agent" as const, simulated: 1, state: "enrolled" as const, fingerprint: "[]" };
  await store.write(async (tx) => {
    for (let index = 0; index < sources; index++) {
      const row = { ...common, name: `pc-${index}`, hostname: `pc-${index}`, created_at: 0 };
      await tx.insertInto("source").values(row).execute();
    }
  });
}
