/** A reader, its line, its clock and its journal, in virtual time. */
import { DEFAULT_TIMING, TcbBus } from "../../../../collector/clocks/drivers/tcb-bus.ts";
import { TcbDriver } from "../../../../collector/clocks/drivers/tcb-driver.ts";
import { POLL_MS_LIVE, type ReaderOptions } from "../../../../collector/clocks/reader/options.ts";
import { INSTALLED_ON_DEFAULT } from "../../../../collector/clocks/reader/punch-record.ts";
import { ClockReader } from "../../../../collector/clocks/reader/reader.ts";
import { SILENT_LOG } from "../../../../protocol/log.ts";
import { seededRandom } from "../../../../protocol/seeded-random.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import { ClockModel } from "./clock-model.ts";
import { MemoryLine } from "./memory-line.ts";
import { MemorySink, MemoryStore } from "./memory-sink.ts";

export interface Hall {
  clock: VirtualClock;
  line: MemoryLine;
  model: ClockModel;
  sink: MemorySink;
  store: MemoryStore;
  reader: ClockReader;
  /** Another process: nothing but the store, the journal and the clock survive. */
  restart(): ClockReader;
}

export const POLL_MS = POLL_MS_LIVE;

export function makeHall(options: Partial<ReaderOptions> = {}): Hall {
  const clock = new VirtualClock();
  const line = new MemoryLine();
  const hall = { clock, line, model: new ClockModel(line, clock), sink: new MemorySink(), store: new MemoryStore() };
  const restart = () => {
    const driver = new TcbDriver(1, new TcbBus({ baud: 9600, ...DEFAULT_TIMING }, { line, clock, log: SILENT_LOG }));
    return new ClockReader(
      { ...OPTIONS, ...options },
      { driver, sink: hall.sink, store: hall.store, clock, random: seededRandom(1), log: SILENT_LOG },
    );
  };
  return { ...hall, restart, reader: restart() };
}

const OPTIONS: ReaderOptions = {
  name: "hall-1",
  zone: "Asia/Shanghai",
  live: true,
  setsTime: true,
  installedOn: INSTALLED_ON_DEFAULT,
  pollMs: POLL_MS,
};
