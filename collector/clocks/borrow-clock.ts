/** One configured clock for a person's own use from the command line; the reader of this home must not have its line meanwhile. */
import { AppError, isAppError } from "../../protocol/errors.ts";
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import { journalFolder, openNodeFiles } from "../../protocol/uplink/node-files.ts";
import { type ClockConfig, listClocks } from "./config.ts";
import type { ClockDriver } from "./drivers/driver.ts";
import { DEFAULT_TIMING, TcbBus } from "./drivers/tcb-bus.ts";
import { TcbDriver } from "./drivers/tcb-driver.ts";
import { ZkDriver } from "./drivers/zk-driver.ts";
import { ZkExchange } from "./drivers/zk-exchange.ts";
import { openLineOf, readerSourceFolder, SHARED_GAP_MS } from "./reader-main.ts";

export interface BorrowDeps {
  clock: Clock;
  log: Log;
}

const READER_RUNS =
  "the reader of this home has the clocks' lines; stop it first / 本目录的读取程序正在使用考勤机线路，请先停止它";

/** Rejects with AppError `clock-unknown`. */
export async function configuredClock(home: string, name: string): Promise<ClockConfig> {
  const clock = (await listClocks(home)).find((other) => other.name === name);
  if (!clock) throw new AppError("clock-unknown", `no clock is called ${name} / 没有名为 ${name} 的考勤机`);
  return clock;
}

/**
 * Runs `use` while no reader of this home can start. Rejects with AppError `reader-running` when one runs already, and with what
 * `use` rejects with.
 */
export async function withoutReader<T>(home: string, use: () => Promise<T>): Promise<T> {
  const lock = await openNodeFiles(journalFolder(readerSourceFolder(home))).catch((cause: unknown) => {
    if (isAppError(cause, "folder-locked")) throw new AppError("reader-running", READER_RUNS, { cause });
    throw cause;
  });
  try {
    return await use();
  } finally {
    await lock.close();
  }
}

/** Opens the clock, runs `use`, closes it. Rejects besides with the driver's codes, and `clock-family` for a bare module. */
export async function withClock<T>(
  home: string,
  config: ClockConfig,
  deps: BorrowDeps,
  use: (driver: ClockDriver, isShared: boolean) => Promise<T>,
): Promise<T> {
  const neighbours = (await listClocks(home)).filter(({ port }) => port === config.port);
  return withoutReader(home, async () => {
    const isShared = neighbours.length > 1;
    const driver = driverOf(config, isShared, deps);
    await driver.open();
    try {
      return await use(driver, isShared);
    } finally {
      await driver.close();
    }
  });
}

function driverOf(config: ClockConfig, shared: boolean, deps: BorrowDeps): ClockDriver {
  const { family, number, baud, commKey = 0, gapMs = shared ? SHARED_GAP_MS : 0 } = config;
  const line = openLineOf(config, deps);
  if (family === "tcb") return new TcbDriver(number, new TcbBus({ ...DEFAULT_TIMING, baud, gapMs }, { ...deps, line }));
  if (family === "zk") return new ZkDriver({ device: number, commKey }, new ZkExchange({ ...deps, line }));
  throw new AppError("clock-family", "a bare module has neither time nor log / 裸模块没有时间和记录");
}
