/** Composes the readers of one site: lines, drivers, readers, and the one source through which all of them report. */
import { join } from "node:path";
import { isAppError } from "../../protocol/errors.ts";
import type { Log } from "../../protocol/log.ts";
import type { Clock, Random } from "../../protocol/time.ts";
import type { OpenSource, Source, SourceOptions, SourceState, StopCause } from "../../protocol/uplink/source.ts";
import { type ClockConfig, type ClockFault, readClocks, ZK_PORT } from "./config.ts";
import { DEFAULT_TIMING, TcbBus } from "./drivers/tcb-bus.ts";
import { TcbDriver } from "./drivers/tcb-driver.ts";
import { ZkDriver } from "./drivers/zk-driver.ts";
import { ZkExchange } from "./drivers/zk-exchange.ts";
import type { Line } from "./line/line.ts";
import { lineOf } from "./line/open-line.ts";
import { tcpLine } from "./line/tcp-line.ts";
import type { ModuleReader } from "./modules/module-reader.ts";
import { moduleReader } from "./modules/open-module.ts";
import { BACK_OFF_MS_MAX_SHARED } from "./reader/back-off.ts";
import type { Loan } from "./reader/errands.ts";
import {
  CHORES_MS_SHARED,
  POLL_MS_BUSY,
  POLL_MS_LIVE,
  POLL_MS_POLLED,
  type ReaderDeps,
  type ReaderOptions,
  type ReaderState,
} from "./reader/options.ts";
import { INSTALLED_ON_DEFAULT } from "./reader/punch-record.ts";
import { ClockReader } from "./reader/reader.ts";
import type { RecordSink } from "./reader/sink.ts";
import { openWatermarkFiles } from "./reader/watermark-file.ts";

/** RS485 needs it to turn round; a line of its own does not. */
export const SHARED_GAP_MS = 200;

/** How a reader behaves whose clock shares its line: soon where people punch, seldom where nobody answers. */
export const SHARED_LINE = {
  busyPollMs: POLL_MS_BUSY,
  choresMs: CHORES_MS_SHARED,
  silentBackOffMsMax: BACK_OFF_MS_MAX_SHARED,
} as const;

export interface StartReadersOptions {
  /** DIANMAO_HOME. Has `clocks.json`; `readers/` in it is this program's alone. */
  home: string;
  site: { zone: string };
  /** Instead of those of `clocks.json`. */
  clocks?: readonly ClockConfig[];
  source: Omit<SourceOptions, "home" | "kind">;
}

export interface StartReadersDeps {
  clock: Clock;
  random: Random;
  log: Log;
  openSource: OpenSource;
  /** Default: the port that the clock's configuration names. */
  openLine?: (config: ClockConfig) => Line;
}

/** A clock that is read here, for whoever wants something of it. */
export interface LentClock {
  config: ClockConfig;
  /** Its serial number, or what stands in for one; undefined while it never answered. */
  clock: string | undefined;
  /** Runs `use` between two polls; see ClockReader. */
  lend<T>(use: (loan: Loan) => Promise<T>): Promise<T>;
}

export interface Readers {
  source: Source;
  state(): { source: SourceState; clocks: ReaderState[]; faults: ClockFault[] };
  /** By the name that people gave it, or by its serial number. */
  find(nameOrClock: string): LentClock | undefined;
  /** Closes the lines, then the source. */
  stop(cause: StopCause): Promise<void>;
}

/** Where the readers of a home keep their identity and their journal. */
export function readerSourceFolder(home: string): string {
  return join(home, "readers", "source");
}

/**
 * Resolves when the readers run; whether their clocks answer is seen in `state()`. An item of `clocks.json` that is no clock, and
 * a clock whose line cannot be made, is a fault told there and in the log, and stops no other. Rejects as OpenSource and
 * readClocks do.
 */
export async function startReaders(options: StartReadersOptions, deps: StartReadersDeps): Promise<Readers> {
  const { home, site } = options;
  const file = options.clocks ? { clocks: options.clocks, faults: [] } : await readClocks(home);
  const faults: ClockFault[] = [...file.faults];
  const store = await openWatermarkFiles(join(home, "readers", "watermarks"), deps);
  const source = await deps.openSource({ ...options.source, home: readerSourceFolder(home), kind: "reader" }, deps);
  const readers = new Map<ClockConfig, ClockReader | ModuleReader>();
  const lineDeps = { ...deps, sink: sinkOf(source), store };
  for (const line of groupByPort(file.clocks)) {
    try {
      const made = readersOfLine(line, { home, zone: site.zone }, lineDeps);
      for (const [index, clock] of line.entries()) readers.set(clock, made[index] as ClockReader | ModuleReader);
    } catch (error) {
      faults.push(...line.map((clock) => faultOf(clock, error)));
    }
  }
  for (const fault of faults) deps.log.error({ ...fault }, "this clock is not read");
  for (const reader of readers.values()) reader.start();
  return {
    source,
    state: () => ({
      source: source.state(),
      clocks: [...readers.values()].map((reader) => reader.state()),
      faults: [...faults],
    }),
    find(nameOrClock) {
      for (const [config, reader] of readers) {
        const { name, clock } = reader.state();
        if (name === nameOrClock || clock === nameOrClock) return { config, clock, lend: (use) => reader.lend(use) };
      }
      return undefined;
    },
    async stop(cause) {
      await Promise.all([...readers.values()].map((reader) => reader.stop()));
      await source.stop(cause);
    },
  };
}

/** Programmer's errors go up. */
function faultOf({ name }: ClockConfig, error: unknown): ClockFault {
  if (!isAppError(error)) throw error;
  return { name, code: error.code, message: error.message };
}

/** What readers see of a source. */
export function sinkOf(source: Source): RecordSink {
  return {
    append: (record) => source.append(record),
    newest: () => source.state().newest,
    committed: () => source.state().committed,
    onReplay: (handler) => source.onReplay(handler),
  };
}

function groupByPort(clocks: readonly ClockConfig[]): [ClockConfig, ...ClockConfig[]][] {
  const lines = new Map<string, [ClockConfig, ...ClockConfig[]]>();
  for (const clock of clocks) {
    const line = lines.get(clock.port);
    if (line) line.push(clock);
    else lines.set(clock.port, [clock]);
  }
  return [...lines.values()];
}

type LineDeps = StartReadersDeps & Omit<ReaderDeps, "driver">;

function readersOfLine(
  line: [ClockConfig, ...ClockConfig[]],
  { home, zone: siteZone }: { home: string; zone: string },
  deps: LineDeps,
): (ClockReader | ModuleReader)[] {
  const [first] = line;
  const shared = line.length > 1;
  const openLine = deps.openLine ?? ((config: ClockConfig) => openLineOf(config, deps));
  if (first.family === "ef01") return [moduleReader(first, { home, zone: siteZone, line: openLine(first) }, deps)];
  if (first.family === "zk") return [zkReader(first, siteZone, openLine(first), deps)];
  const gapMs = Math.max(...line.map((clock) => clock.gapMs ?? (shared ? SHARED_GAP_MS : 0)));
  const bus = new TcbBus({ ...DEFAULT_TIMING, baud: first.baud, gapMs }, { ...deps, line: openLine(first) });
  return line.map((clock) => {
    const driver = new TcbDriver(clock.number, bus);
    return new ClockReader(readerOptions(clock, siteZone, shared), { ...deps, driver });
  });
}

function zkReader(clock: ClockConfig, siteZone: string, line: Line, deps: LineDeps): ClockReader {
  const driver = new ZkDriver({ device: clock.number, commKey: clock.commKey ?? 0 }, new ZkExchange({ ...deps, line }));
  return new ClockReader(readerOptions(clock, siteZone, false), { ...deps, driver });
}

export function openLineOf(clock: ClockConfig, deps: { clock: Clock; log: Log }): Line {
  const { family, host, tcpPort = ZK_PORT } = clock;
  return family === "zk" && host ? tcpLine({ host, port: tcpPort }, deps) : lineOf(portSettings(clock), deps);
}

function portSettings({ port, baud, dataBits = 8, parity = "none", stopBits = 1 }: ClockConfig) {
  return { port, baud, dataBits, parity, stopBits };
}

function readerOptions(clock: ClockConfig, siteZone: string, shared: boolean): ReaderOptions {
  const live = clock.push ?? !shared;
  return {
    name: clock.name,
    zone: clock.zone ?? siteZone,
    live,
    setsTime: clock.setsTime ?? true,
    installedOn: clock.installedOn ?? INSTALLED_ON_DEFAULT,
    pollMs: live ? POLL_MS_LIVE : POLL_MS_POLLED,
    ...(shared ? SHARED_LINE : {}),
  };
}
