/** A module on a real pseudo terminal with a noisy line, its reader, and people who wait for the green light. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Ef01Exchange } from "../../../collector/clocks/drivers/ef01-exchange.ts";
import { Ef01Module } from "../../../collector/clocks/drivers/ef01-module.ts";
import { serialLine } from "../../../collector/clocks/line/serial-line.ts";
import { REPEAT_MS_MIN } from "../../../collector/clocks/modules/debounce.ts";
import { ModuleReader } from "../../../collector/clocks/modules/module-reader.ts";
import { INSTALLED_ON_DEFAULT } from "../../../collector/clocks/reader/punch-record.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import type { LedgerComparison } from "../../../simulators/clock/ledger.ts";
import { FingerModule } from "../../../simulators/ef01/module.ts";
import { ModuleLine } from "../../../simulators/ef01/simulated-module.ts";
import { type Visit, visit } from "../../../simulators/ef01/visitor.ts";
import { parseFaults } from "../../../simulators/faults/profile.ts";
import { MemoryDatabase } from "../memory-database.ts";

const BAUD = 57_600;
/** More than anybody can come back to within the time that makes two looks one punch. */
const FINGERS = 40;
const FAULTS = "noise=0.02,flip=0.01,lose=0.01,split=0.2,glue=0.1,delay=0.05";
const MISHAPS = ["unplug", "power-cut"] as const;
const AWAY_MS = 400;
/** A noisy line costs some a second try; more than so many is a reader that has given up. */
const VISITS_PER_GREEN_MAX = 5;

export async function runModuleWorld(
  seed: number,
  visits: number,
  folder: string,
): Promise<LedgerComparison & { mishaps: number }> {
  const path = join(folder, "module");
  const library = Array.from({ length: FINGERS }, (_, page): [number, number] => [page, page]);
  const sensor = new FingerModule({ library }, { clock: SYSTEM_CLOCK });
  const deps = { clock: SYSTEM_CLOCK, log: SILENT_LOG };
  const line = await ModuleLine.open(sensor, { path, baud: BAUD, seed, faults: parseFaults(FAULTS) }, deps);
  const database = new MemoryDatabase();
  const reader = openReader(path, seed, database);
  try {
    reader.start();
    const seen = await visitAll(sensor, line, visits, seed);
    await line.calm();
    const found = await database.punches();
    return { ...compare(seen, found), mishaps: MISHAPS.length };
  } finally {
    await reader.stop();
    await line.close();
  }
}

function openReader(path: string, seed: number, database: MemoryDatabase): ModuleReader {
  const deps = { clock: SYSTEM_CLOCK, log: SILENT_LOG };
  const exchange = new Ef01Exchange(
    { baud: BAUD, address: 0xffffffff },
    { clock: SYSTEM_CLOCK, line: serialLine({ path, baud: BAUD }, deps) },
  );
  const pages = new Map(Array.from({ length: FINGERS }, (_, page) => [page, String(page)]));
  return new ModuleReader(
    { name: `door-${seed}`, zone: "Asia/Shanghai", installedOn: INSTALLED_ON_DEFAULT },
    {
      ...deps,
      module: new Ef01Module({ device: 1, password: 0 }, exchange),
      users: undefined,
      loadPages: async () => pages,
      sink: database.sink,
      random: seededRandom(seed + 1),
    },
  );
}

async function visitAll(sensor: FingerModule, line: ModuleLine, count: number, seed: number): Promise<Visit[]> {
  const random = seededRandom(seed);
  const seen: Visit[] = [];
  const lastAt = new Map<number, number>();
  const underWay: Promise<void>[] = [];
  while (seen.filter(({ sawGreen }) => sawGreen).length < count) {
    if (seen.length >= count * VISITS_PER_GREEN_MAX) throw new Error("people see no green light any more");
    const due = (count * (underWay.length + 1)) / (MISHAPS.length + 1);
    const mishap = MISHAPS[underWay.length];
    if (mishap && seen.length >= due) underWay.push(line.befall(mishap, AWAY_MS));
    const finger = Math.floor(random() * FINGERS);
    const sinceMs = SYSTEM_CLOCK.now() - (lastAt.get(finger) ?? Number.NEGATIVE_INFINITY);
    if (sinceMs < REPEAT_MS_MIN * 2) continue;
    seen.push(await visit(sensor, finger, SYSTEM_CLOCK));
    lastAt.set(finger, SYSTEM_CLOCK.now());
    await pause(200 + random() * 400);
  }
  await Promise.all(underWay);
  return seen;
}

/** A person who saw green has one punch between laying on and lifting; one who saw none may have one. */
function compare(visits: Visit[], found: Awaited<ReturnType<MemoryDatabase["punches"]>>): LedgerComparison {
  const left = [...found];
  const missing: string[] = [];
  const doubled: string[] = [];
  for (const { finger, from, until, sawGreen } of visits) {
    const mine = left.filter(({ user, deviceTime }) => user === String(finger) && isWithin(deviceTime, from, until));
    for (const punch of mine) left.splice(left.indexOf(punch), 1);
    const name = `finger ${finger} at ${new Date(from).toISOString()}`;
    if (mine.length === 0 && sawGreen) missing.push(name);
    if (mine.length > 1) doubled.push(name);
  }
  const invented = left.map(({ user, deviceTime }) => `${user} ${deviceTime}`);
  return { made: visits.filter(({ sawGreen }) => sawGreen).length, found: found.length, missing, doubled, invented };
}

const ZONE_MS = 8 * 60 * 60 * 1000;
/** Times are told to the second. */
const SECOND_MS = 1_000;

function isWithin(deviceTime: string, from: number, until: number): boolean {
  const at = Date.parse(`${deviceTime}Z`) - ZONE_MS;
  return at >= from - SECOND_MS && at <= until + SECOND_MS;
}
