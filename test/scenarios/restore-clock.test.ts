/**
 * Last night's copy of the database is put back when the reader's journal has long let go of what came after it: the punches come back
 * from the clock's own log. A simulated clock on a real port, the collector whole with its reader; only the calendar is jumped.
 */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { apiClient } from "../../collector/cli/api-client.ts";
import { addClock } from "../../collector/clocks/config.ts";
import { databasePath, type RunningCollector, startCollector } from "../../collector/main.ts";
import { backupDatabase, restoreDatabase } from "../../collector/store/copy.ts";
import { openSqlite3Driver } from "../../collector/store/sqlite3-driver.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import type { BodyOf } from "../../protocol/messages/records.ts";
import type { Clock } from "../../protocol/time.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { compareWithLedger, type LedgerEntry } from "../../simulators/clock/ledger.ts";
import { SimulatedLine } from "../../simulators/clock/simulated-clock.ts";
import { parseFaults } from "../../simulators/faults/profile.ts";
import { temporaryFolder } from "../support/test-store.ts";

type GapBody = BodyOf<"gap">;

const BAUD = 460_800;
const USERS = Array.from({ length: 50 }, (_, index) => 1_001 + index);
const PUNCHES_BEFORE = 40;
/** More than two segments of a journal: the first of them can be let go. */
const PUNCHES_AFTER = 4_000;
/** Journals keep what is committed for 7 days. */
const EIGHT_DAYS_MS = 8 * 24 * 60 * 60 * 1_000;
const WAIT_MS_MAX = 90_000;

interface SkippingClock extends Clock {
  skip(ms: number): void;
}

function skippingClock(): SkippingClock {
  let skippedMs = 0;
  return {
    ...SYSTEM_CLOCK,
    now: () => Date.now() + skippedMs,
    skip: (ms) => {
      skippedMs += ms;
    },
  };
}

class World {
  readonly clock = skippingClock();
  readonly #home: string;
  readonly #line: SimulatedLine;
  #collector: RunningCollector | undefined;

  private constructor(home: string, line: SimulatedLine) {
    this.#home = home;
    this.#line = line;
  }

  static async open(): Promise<World> {
    const home = await temporaryFolder();
    const path = join(home, "tty");
    const options = { path, baud: BAUD, seed: 1, faults: parseFaults("none") };
    const deps = { clock: SYSTEM_CLOCK, log: SILENT_LOG };
    const line = await SimulatedLine.open(options, [{ number: 1, serial: "SIM-LOG", users: USERS }], deps);
    onTestFinished(() => line.close());
    // The calendar is jumped for the centre and its reader alone: the clock is not to be set.
    await addClock(home, { family: "tcb", port: path, baud: BAUD, number: 1, name: "hall", setsTime: false });
    const world = new World(home, line);
    onTestFinished(() => world.stop());
    return world;
  }

  async start(): Promise<void> {
    const deps = { clock: this.clock, random: Math.random, log: SILENT_LOG };
    this.#collector = await startCollector({ home: this.#home, config: { apiPort: 0, mqttPort: 0 } }, deps);
  }

  async stop(): Promise<void> {
    await this.#collector?.stop();
    this.#collector = undefined;
  }

  /** Into the clock's log, without a push; its start-up notice then has it read. */
  async punchAll(count: number): Promise<void> {
    this.#line.device.rememberPast(count, true);
    await this.#line.powerCut(50);
  }

  async backup(): Promise<string> {
    const file = join(this.#home, "last-night.db");
    await backupDatabase(databasePath(this.#home), file, openSqlite3Driver);
    return file;
  }

  async restore(file: string): Promise<void> {
    await restoreDatabase(file, databasePath(this.#home), { openDriver: openSqlite3Driver, now: () => Date.now() });
  }

  async compare() {
    const driver = await openSqlite3Driver({ path: databasePath(this.#home), mode: "read", busyTimeoutMs: 5_000 });
    try {
      const { rows } = await driver.query('select clock, "user", device_time as deviceTime, type, ordinal from punch');
      return compareWithLedger(this.#line.device.ledger.entries, rows as unknown as LedgerEntry[]);
    } finally {
      await driver.close();
    }
  }

  async filled(): Promise<void> {
    const missing = async () => (await this.compare()).missing.length;
    await expect.poll(missing, { timeout: WAIT_MS_MAX, interval: 250 }).toBe(0);
  }

  /** How many records the reader's journal no longer had when it was asked for them again. */
  async expired(): Promise<number> {
    const api = await apiClient({ home: this.#home });
    const { items } = await api.get<{ items: { body: GapBody }[] }>("/gaps", { limit: 100 });
    const gone = items.flatMap(({ body }) => (body.reason === "journal-expired" ? [body] : []));
    return gone.reduce((sum, { from = 1, to = 0 }) => sum + to - from + 1, 0);
  }
}

test(
  "a database that was put back fills up again from the clock's own log, when the journal has let its punches go",
  async () => {
    const world = await World.open();
    await world.start();
    await world.punchAll(PUNCHES_BEFORE);
    await world.filled();
    const copy = await world.backup();

    await world.punchAll(PUNCHES_AFTER);
    await world.filled();
    world.clock.skip(EIGHT_DAYS_MS);
    // What is appended now has the journal look at its age.
    await world.punchAll(1);
    await world.filled();

    await world.stop();
    await world.restore(copy);
    expect((await world.compare()).found).toBe(PUNCHES_BEFORE);
    await world.start();
    await world.filled();
    expect(await world.compare()).toMatchObject({
      made: PUNCHES_BEFORE + PUNCHES_AFTER + 1,
      doubled: [],
      invented: [],
    });
    expect(await world.expired()).toBeGreaterThan(1_000);
  },
  4 * WAIT_MS_MAX,
);
