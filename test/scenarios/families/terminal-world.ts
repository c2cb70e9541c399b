/** A ZK terminal on a real TCP port, its reader, and people; the connection is cut, the power goes, the time is lost. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ZkDriver } from "../../../collector/clocks/drivers/zk-driver.ts";
import { ZkExchange } from "../../../collector/clocks/drivers/zk-exchange.ts";
import { tcpLine } from "../../../collector/clocks/line/tcp-line.ts";
import { ClockReader } from "../../../collector/clocks/reader/reader.ts";
import { openWatermarkFiles } from "../../../collector/clocks/reader/watermark-file.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { compareWithLedger, type LedgerComparison } from "../../../simulators/clock/ledger.ts";
import { parseFaults } from "../../../simulators/faults/profile.ts";
import type { EntrySize } from "../../../simulators/zk/records.ts";
import { RATE_DEFAULT, TerminalServer } from "../../../simulators/zk/server.ts";
import { EVENTS_TWICE } from "../../../simulators/zk/standard-behaviour.ts";
import { ZkTerminal } from "../../../simulators/zk/terminal.ts";
import { MemoryDatabase } from "../memory-database.ts";

const HOST = "127.0.0.1";
const USERS = Array.from({ length: 60 }, (_, index) => 1_001 + index);
/** TCP loses no bytes: it delays them, splits them, glues them, and ends. */
const FAULTS = "split=0.3,glue=0.2,delay=0.1";
const MISHAPS = ["unplug", "power-cut", "clock-reset"] as const;
const AWAY_MS = 400;
const POLL_MS = 1_000;
const CATCH_UP_MS_MAX = 120_000;
const SETTLE_MS = 2_500;
const SIZES: EntrySize[] = [8, 16, 40];

export async function runTerminalWorld(
  seed: number,
  punches: number,
  folder: string,
): Promise<LedgerComparison & { mishaps: number }> {
  const entrySize = SIZES[seed % SIZES.length] ?? 40;
  const terminal = new ZkTerminal(
    { users: USERS, entrySize, serial: `SIMZK-${seed}`, commKey: seed % 1_000 },
    { clock: SYSTEM_CLOCK },
  );
  if (seed % 2 === 0) terminal.define(EVENTS_TWICE);
  terminal.rememberPast(100);
  const options = {
    host: HOST,
    port: 0,
    seed,
    faults: parseFaults(FAULTS),
    bytesPerSecond: RATE_DEFAULT,
    packetGapMs: 0,
  };
  const server = await TerminalServer.open(terminal, options, { clock: SYSTEM_CLOCK });
  const database = new MemoryDatabase();
  const reader = await openReader(server.port, seed, folder, database);
  try {
    reader.start();
    await punchThrough(server, punches, seed);
    await server.calm();
    return { ...(await waitForAll(terminal, database)), mishaps: MISHAPS.length };
  } finally {
    await reader.stop();
    await server.close();
  }
}

async function openReader(port: number, seed: number, folder: string, database: MemoryDatabase): Promise<ClockReader> {
  const deps = { clock: SYSTEM_CLOCK, log: SILENT_LOG };
  const line = tcpLine({ host: HOST, port }, deps);
  const driver = new ZkDriver({ device: 1, commKey: seed % 1_000 }, new ZkExchange({ ...deps, line }));
  const store = await openWatermarkFiles(join(folder, "watermarks"), deps);
  const options = { name: "gate", zone: "Asia/Shanghai", live: true, setsTime: true, installedOn: "2015-01-01" };
  return new ClockReader(
    { ...options, pollMs: POLL_MS },
    { ...deps, driver, sink: database.sink, store, random: seededRandom(seed + 1) },
  );
}

/** People go on punching while the cable is out; without power the terminal takes no punch. */
async function punchThrough(server: TerminalServer, count: number, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const underWay: Promise<void>[] = [];
  let made = 0;
  let due = 0;
  while (made < count) {
    if (due < MISHAPS.length && made >= (count * (due + 1)) / (MISHAPS.length + 1)) {
      underWay.push(server.befall(MISHAPS[due++] ?? "unplug", AWAY_MS));
    }
    const user = USERS[Math.floor(random() * USERS.length)] ?? 0;
    if (server.terminal.punch({ user, type: Math.floor(random() * 2) }).made) made += 1;
    await pause(random() < 0.1 ? random() * 2_500 : random() * 30);
  }
  await Promise.all(underWay);
}

async function waitForAll(terminal: ZkTerminal, database: MemoryDatabase): Promise<LedgerComparison> {
  const compare = async () => compareWithLedger(terminal.ledger.entries, await database.punches());
  const deadline = performance.now() + CATCH_UP_MS_MAX;
  while ((await compare()).missing.length > 0 && performance.now() < deadline) await pause(250);
  // One that doubles or invents shows itself in the polls that follow.
  await pause(SETTLE_MS);
  return compare();
}
