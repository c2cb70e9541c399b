/**
 * Several clocks on one RS485 line, some of them dead, and people who punch at the others: how long a punch takes from the finger to the
 * committed row, against the polling round. Real readers and device models; virtual time, in which the line takes its time for each byte.
 */
import assert from "node:assert/strict";
import { DEFAULT_TIMING, TcbBus } from "../../../collector/clocks/drivers/tcb-bus.ts";
import { TcbDriver } from "../../../collector/clocks/drivers/tcb-driver.ts";
import { POLL_MS_POLLED } from "../../../collector/clocks/reader/options.ts";
import { INSTALLED_ON_DEFAULT } from "../../../collector/clocks/reader/punch-record.ts";
import { ClockReader } from "../../../collector/clocks/reader/reader.ts";
import { SHARED_GAP_MS, SHARED_LINE } from "../../../collector/clocks/reader-main.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import type { Random } from "../../../protocol/time.ts";
import { ClockDevice } from "../../../simulators/clock/device.ts";
import { compareWithLedger, type LedgerComparison, punchKey } from "../../../simulators/clock/ledger.ts";
import { MemoryPort } from "../../../simulators/serial/memory-port.ts";
import { byteTimeMs, type LineUse, PacedLine } from "../../../simulators/serial/paced-line.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { EchoingLine } from "./echoing-line.ts";
import { polledRounds } from "./rounds.ts";
import { VirtualDatabase } from "./virtual-database.ts";

const BAUD = 9_600;
const COUNTS = 0x3c;
/** Readers connect before the first person comes. */
const WARM_UP_MS = 60_000;
const CATCH_UP_MS = 60_000;
const USERS = Array.from({ length: 300 }, (_, index) => 1_001 + index);
/** People do not spread evenly: of the punches at each clock, the first has the most. */
const UNEVEN = 0.6;

export interface Rs485Scenario {
  seed: number;
  clocks: number;
  /** The last ones of them have no power. */
  dead: number;
  punches: number;
  minutes: number;
}

export interface Rs485Outcome extends LedgerComparison {
  /** From the punch to the committed row, seconds. */
  worstSeconds: number;
  medianSeconds: number;
  /** In which every living clock was asked for its counts at least once, seconds. */
  roundSeconds: number;
  worstRounds: number;
  /** Of the line's time. */
  busyShare: number;
  /** Of the requests, those to dead clocks. */
  deadShare: number;
  /** Pushes while the line was shared, and requests to device 0: there are none. */
  pushed: number;
  broadcasts: number;
  /** Bytes that were on the line at the same time as others, seconds of them. */
  collisionSeconds: number;
}

export async function run(scenario: Rs485Scenario): Promise<Rs485Outcome> {
  const clock = new VirtualClock();
  const port = new MemoryPort("rs485", BAUD);
  const paced = new PacedLine(port, BAUD, { clock, random: seededRandom(scenario.seed) });
  const devices = powerUp(scenario, paced, clock);
  const line = new EchoingLine(port, BAUD, clock);
  const database = new VirtualDatabase(clock);
  const readers = startReaders(scenario, line, database, clock);
  await clock.advance(WARM_UP_MS);
  const from = clock.monotonic();
  const warm = paced.use();
  schedulePunches(scenario, devices, clock);
  await clock.advance(scenario.minutes * 60_000);
  const until = clock.monotonic();
  await clock.advance(CATCH_UP_MS);
  const made = devices.flatMap(({ ledger }) => [...ledger.entries]);
  const alive = devices.slice(0, scenario.clocks - scenario.dead).map(({ state }) => state.options.number);
  const polls = line.asked.filter(({ command }) => command === COUNTS);
  const roundSeconds = mean(polledRounds(polls, alive, from, until)) / 1_000;
  const latencies = latenciesOf(made, database).sort((a, b) => a - b);
  const worstSeconds = (latencies.at(-1) ?? 0) / 1_000;
  const outcome = {
    ...compareWithLedger(made, database.punches),
    worstSeconds,
    medianSeconds: (latencies[latencies.length >> 1] ?? 0) / 1_000,
    roundSeconds,
    worstRounds: worstSeconds / roundSeconds,
    busyShare: (paced.use().busyMs - warm.busyMs) / (clock.monotonic() - from),
    deadShare: line.asked.filter(({ device }) => !alive.includes(device)).length / line.asked.length,
    pushed: made.filter(({ pushed }) => pushed).length,
    broadcasts: line.asked.filter(({ device }) => device === 0).length,
    collisionSeconds: collisionSeconds(paced.use(), warm),
  };
  const stopping = Promise.all(readers.map((reader) => reader.stop()));
  await clock.advance(CATCH_UP_MS);
  await stopping;
  return outcome;
}

function powerUp({ clocks, dead }: Rs485Scenario, paced: PacedLine, clock: VirtualClock): ClockDevice[] {
  const devices = Array.from({ length: clocks }, (_, index) => {
    const options = { number: index + 1, serial: `RS485-${index + 1}`, users: USERS, realTime: true };
    const device = new ClockDevice(options, { clock, log: SILENT_LOG });
    device.onSend = (frame) => paced.send(frame);
    return device;
  });
  paced.onBytes = (bytes) => {
    for (const device of devices) device.receive(bytes);
  };
  for (const device of devices.slice(0, clocks - dead)) device.powerUp();
  return devices;
}

function startReaders(
  { seed, clocks }: Rs485Scenario,
  line: EchoingLine,
  database: VirtualDatabase,
  clock: VirtualClock,
) {
  const deps = { clock, log: SILENT_LOG };
  const bus = new TcbBus({ ...DEFAULT_TIMING, baud: BAUD, gapMs: SHARED_GAP_MS }, { ...deps, line });
  const readers = Array.from({ length: clocks }, (_, index) => {
    const options = {
      name: `clock-${index + 1}`,
      zone: "Asia/Shanghai",
      live: false,
      setsTime: true,
      installedOn: INSTALLED_ON_DEFAULT,
      pollMs: POLL_MS_POLLED,
      ...SHARED_LINE,
    };
    const { sink, store } = database;
    const driver = new TcbDriver(index + 1, bus);
    return new ClockReader(options, { ...deps, driver, sink, store, random: seededRandom(seed + index) });
  });
  for (const reader of readers) reader.start();
  return readers;
}

function schedulePunches(
  { seed, punches, minutes, clocks, dead }: Rs485Scenario,
  devices: ClockDevice[],
  clock: VirtualClock,
) {
  const random = seededRandom(seed);
  for (let punch = 0; punch < punches; punch++) {
    const device = devices[whichClock(clocks - dead, random)];
    const user = USERS[Math.floor(random() * USERS.length)] ?? 0;
    const type = Math.floor(random() * 2);
    clock.after(random() * minutes * 60_000, () => assert(device?.punch({ user, type }).made));
  }
}

function whichClock(alive: number, random: Random): number {
  for (let index = 0; index < alive - 1; index++) if (random() > UNEVEN) return index;
  return alive - 1;
}

function latenciesOf(
  made: readonly (Parameters<typeof punchKey>[0] & { at: number })[],
  { committedAt }: VirtualDatabase,
) {
  return made.flatMap((entry) => {
    const at = committedAt.get(punchKey(entry));
    return at === undefined ? [] : [at - entry.at];
  });
}

/** A line that is busy for less time than its bytes need carried some of them at the same time. */
function collisionSeconds(use: LineUse, before: LineUse): number {
  const bytes = use.toReaderBytes + use.toDeviceBytes - before.toReaderBytes - before.toDeviceBytes;
  const overlapMs = bytes * byteTimeMs(BAUD) - (use.busyMs - before.busyMs);
  // Sums of fractions of milliseconds.
  return Math.max(0, Math.round(overlapMs)) / 1_000;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
