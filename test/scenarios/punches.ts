/**
 * Punches pushed live while cables are pulled, the power goes, the clock's time is thrown back to 2000 and the line is noisy: each is
 * in the database once, none is invented. Real serial port, real reader, a clock in its own process; one world a seed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { DEFAULT_TIMING, TcbBus } from "../../collector/clocks/drivers/tcb-bus.ts";
import { TcbDriver } from "../../collector/clocks/drivers/tcb-driver.ts";
import { serialLine } from "../../collector/clocks/line/serial-line.ts";
import { ClockReader } from "../../collector/clocks/reader/reader.ts";
import type { RecordSink } from "../../collector/clocks/reader/sink.ts";
import { openWatermarkFiles } from "../../collector/clocks/reader/watermark-file.ts";
import { type Log, SILENT_LOG } from "../../protocol/log.ts";
import { seededRandom } from "../../protocol/seeded-random.ts";
import type { Random } from "../../protocol/time.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { ClockProcess } from "../../simulators/clock/client.ts";
import { compareWithLedger, type LedgerComparison, type LedgerEntry } from "../../simulators/clock/ledger.ts";
import { MemoryDatabase } from "./memory-database.ts";
import { sideBySide } from "./side-by-side.ts";

const BAUD = 115_200;
const DEVICE = 1;
const USERS = Array.from({ length: 120 }, (_, index) => 1_001 + index);
const FAULTS =
  "noise=0.05,flip=0.03,lose=0.02,split=0.3,glue=0.2,delay=0.05,truncate=0.02,unplug=12,power-cut=8,clock-reset=3";
/** Chance per request that somebody punches before its reply; these punches come on top of those counted. */
const INTERJECTION_RATE = 0.25;
/** Beside those that the seed brings. */
const SURE_MISHAPS = ["unplug", "power-cut", "clock-reset"] as const;
const SURE_MISHAP_MS = 400;
/** People come in groups, and between them the reader gets to read the log. */
const GROUP_MAX = 60;
const PUNCH_PAUSE_MS_MAX = 20;
const GROUP_PAUSE_MS_MAX = 3_000;
const POLL_MS = 1_000;
/** Long enough for back-off, the longest wait for a lull, and the whole log once more. */
const CATCH_UP_MS_MAX = 120_000;
const LOOK_MS = 250;
/** More polls after everything is there: one that doubles or invents shows itself then. */
const SETTLE_MS = 2_500;

/** Where the reader's records end up; the punches in it are compared with the clock's ledger. */
export interface PunchDatabase {
  sink: RecordSink;
  punches(): Promise<FoundPunch[]>;
  close(): Promise<void>;
}
export type FoundPunch = Pick<LedgerEntry, "clock" | "user" | "deviceTime" | "type" | "ordinal">;

export interface PunchScenario {
  seeds: readonly number[];
  punches: number;
  /** Worlds at the same time. */
  parallel?: number;
  openDatabase?: (folder: string) => Promise<PunchDatabase>;
  log?: Log;
  onWorld?: (world: PunchWorld) => void;
}

export interface PunchWorld extends LedgerComparison {
  seed: number;
  ok: boolean;
  /** Unplugs, power cuts and resets to 2000. */
  mishaps: number;
  /** Attempts that the clock did not take, e.g. without power: no punches. */
  refused: number;
  reconnects: number;
  live: number;
  fromLog: number;
  faults: Record<string, number>;
  seconds: number;
}

export async function run(scenario: PunchScenario): Promise<PunchWorld[]> {
  const worlds = await sideBySide(scenario.seeds, scenario.parallel ?? 1, async (seed) => {
    const world = await runWorld(seed, scenario);
    scenario.onWorld?.(world);
    return world;
  });
  return worlds.sort((a, b) => a.seed - b.seed);
}

/** One world: a clock of its own, people, mishaps, and the comparison in the end. */
export async function runWorld(seed: number, scenario: Omit<PunchScenario, "seeds">): Promise<PunchWorld> {
  const startAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "dianmao-punches-"));
  const path = join(folder, "clock");
  const clock = await ClockProcess.start({
    path,
    baud: BAUD,
    seed,
    faults: FAULTS,
    clocks: [{ number: DEVICE, users: USERS, serial: `SIM-${seed}` }],
  });
  const database = await (scenario.openDatabase ?? (async () => new MemoryDatabase()))(folder);
  const reader = await openReader(path, folder, database.sink, seed, scenario.log ?? SILENT_LOG);
  try {
    reader.start();
    await clock.tell({ do: "interject", rate: INTERJECTION_RATE });
    const refused = await punchInGroups(clock, scenario.punches, seededRandom(seed));
    await clock.tell({ do: "calm" });
    const comparison = await waitForAll(clock, database);
    const { reconnects, live, fromLog } = reader.state().counters;
    const { faults } = await clock.report();
    const ok = isWhole(comparison);
    const mishaps = SURE_MISHAPS.reduce((sum, mishap) => sum + (faults[mishap] ?? 0), 0);
    const seconds = Math.round((performance.now() - startAt) / 1_000);
    return { seed, ok, mishaps, ...comparison, refused, reconnects, live, fromLog, faults, seconds };
  } finally {
    await reader.stop();
    await clock.stop();
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function openReader(
  path: string,
  folder: string,
  sink: RecordSink,
  seed: number,
  log: Log,
): Promise<ClockReader> {
  const deps = { clock: SYSTEM_CLOCK, log };
  const bus = new TcbBus({ baud: BAUD, ...DEFAULT_TIMING }, { ...deps, line: serialLine({ path, baud: BAUD }, deps) });
  const store = await openWatermarkFiles(join(folder, "watermarks"), deps);
  return new ClockReader(
    {
      name: `simulated-${seed}`,
      zone: "Asia/Shanghai",
      live: true,
      setsTime: true,
      installedOn: "2015-01-01",
      pollMs: POLL_MS,
    },
    { ...deps, driver: new TcbDriver(DEVICE, bus), sink, store, random: seededRandom(seed + 1) },
  );
}

/** Until `count` punches are made, with each mishap at least once among them; returns how many attempts were refused. */
async function punchInGroups(clock: ClockProcess, count: number, random: Random): Promise<number> {
  const due = SURE_MISHAPS.map((mishap, index) => ({
    mishap,
    after: (count * (index + 1)) / (SURE_MISHAPS.length + 1),
  }));
  const underWay: Promise<void>[] = [];
  let made = 0;
  let refused = 0;
  while (made < count) {
    const group = Math.min(count - made, 1 + Math.floor(random() * GROUP_MAX));
    for (let person = 0; person < group; person++) {
      // Not awaited: people go on punching while the cable is out.
      if (made >= (due[0]?.after ?? Number.POSITIVE_INFINITY)) {
        underWay.push(clock.befall(due.shift()?.mishap ?? "unplug", SURE_MISHAP_MS));
      }
      const user = USERS[Math.floor(random() * USERS.length)] ?? 0;
      const result = await clock.punch(user, { type: Math.floor(random() * 2) });
      if ("refused" in result) refused++;
      else made++;
      await pause(random() * PUNCH_PAUSE_MS_MAX);
    }
    await pause(random() * GROUP_PAUSE_MS_MAX);
  }
  await Promise.all(underWay);
  return refused;
}

async function waitForAll(clock: ClockProcess, database: PunchDatabase): Promise<LedgerComparison> {
  const made = await clock.ledger();
  const deadline = performance.now() + CATCH_UP_MS_MAX;
  let comparison = compareWithLedger(made, await database.punches());
  while (comparison.missing.length > 0 && performance.now() < deadline) {
    await pause(LOOK_MS);
    comparison = compareWithLedger(made, await database.punches());
  }
  await pause(SETTLE_MS);
  return compareWithLedger(made, await database.punches());
}

function isWhole({ missing, doubled, invented }: LedgerComparison): boolean {
  return missing.length === 0 && doubled.length === 0 && invented.length === 0;
}
