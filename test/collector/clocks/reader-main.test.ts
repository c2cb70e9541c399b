import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addClock, type ClockConfig } from "../../../collector/clocks/config.ts";
import type { Line } from "../../../collector/clocks/line/line.ts";
import { savePageMap } from "../../../collector/clocks/modules/page-map.ts";
import { openLineOf, type Readers, startReaders } from "../../../collector/clocks/reader-main.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import type { Replay, Source, SourceOptions, SourceState } from "../../../protocol/uplink/source.ts";
import { FingerModule } from "../../../simulators/ef01/module.ts";
import { ZkTerminal } from "../../../simulators/zk/terminal.ts";
import { filesSettled } from "../../support/files-settled.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { ClockModel } from "./support/clock-model.ts";
import { MemoryLine } from "./support/memory-line.ts";
import { MemorySink } from "./support/memory-sink.ts";

const SOURCE = { machine: "0".repeat(16), fingerprint: [], hostname: "hall", version: "test" };

let home: string;
let clock: VirtualClock;
let lines: Map<string, MemoryLine>;
let sink: MemorySink;
let opened: SourceOptions | undefined;
const stops: string[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "dianmao-readers-"));
  clock = new VirtualClock();
  lines = new Map();
  sink = new MemorySink();
  stops.length = 0;
});

afterEach(() => rm(home, { recursive: true, force: true }));

function start(openLine = ({ port }: ClockConfig): Line => lineOf(port)): Promise<Readers> {
  return startReaders(
    { home, site: { zone: "Asia/Shanghai" }, source: SOURCE },
    {
      clock,
      random: seededRandom(1),
      log: SILENT_LOG,
      openSource: async (options) => {
        opened = options;
        return memorySource();
      },
      openLine,
    },
  );
}

function lineOf(port: string): MemoryLine {
  const line = lines.get(port) ?? new MemoryLine();
  lines.set(port, line);
  return line;
}

/** The part of a source that readers use; asking for anything else is an error. */
function memorySource(): Source {
  const state = () => ({ newest: sink.newest(), committed: sink.committed() }) as SourceState;
  const part: Partial<Source> = {
    append: (record) => sink.append(record),
    state,
    onReplay: (handler) => sink.onReplay(({ missing }) => handler({ missing, committed: 0, db: "" } satisfies Replay)),
    stop: async (cause) => {
      stops.push(`source ${cause}, line open: ${[...lines.values()].some(({ isOpen }) => isOpen)}`);
    },
  };
  return part as Source;
}

/** The readers' files are written for real: virtual time goes on when the disk is done, however long it takes. */
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !condition(); tries++) {
    await filesSettled();
    await clock.advance(250);
  }
  expect(condition()).toBe(true);
}

describe("the readers of a site", () => {
  it("read each configured clock into one source", async () => {
    await addClock(home, { family: "tcb", port: "COM1", number: 1, name: "north" });
    await addClock(home, { family: "tcb", port: "COM2", number: 1, name: "south" });
    const north = new ClockModel(lineOf("COM1"), clock);
    const south = new ClockModel(lineOf("COM2"), clock);
    south.serial = "SN-0002";
    const readers = await start();
    await until(() => readers.state().clocks.every(({ position }) => position !== undefined || north.log.length === 0));
    await until(() => readers.state().clocks.every(({ connected }) => connected));
    north.punch(1);
    south.punch(2);
    await until(() => sink.punches.length === 2);
    expect(sink.punches.map(({ clock: serial, user }) => [serial, user])).toEqual([
      ["SN-0001", "1"],
      ["SN-0002", "2"],
    ]);
    expect(readers.state().clocks).toMatchObject([
      { name: "north", port: "memory", device: 1, clock: "SN-0001", model: "M3" },
      { name: "south", port: "memory", device: 1, clock: "SN-0002" },
    ]);
    expect(opened).toMatchObject({ kind: "reader", home: join(home, "readers", "source") });
    await readers.stop("service-stop");
    expect(stops).toEqual(["source service-stop, line open: false"]);
  });

  it("share a line that several clocks hang on: no pushes, one gap, one opening", async () => {
    await addClock(home, { family: "tcb", port: "COM1", number: 1, name: "north" });
    await addClock(home, { family: "tcb", port: "COM1", number: 2, name: "south" });
    const line = lineOf("COM1");
    const models = [new ClockModel(line, clock, 1), new ClockModel(line, clock, 2)] as const;
    models[1].serial = "SN-0002";
    const readers = await start();
    await until(() => models.every(({ settings }) => settings.realTime === 0));
    for (const [index, model] of models.entries()) model.punch(index + 1);
    await until(() => sink.punches.length === 2);
    expect(sink.punches.map(({ via }) => via)).toEqual(["log", "log"]);
    expect(new Set(sink.punches.map(({ clock: serial, user }) => `${serial} ${user}`))).toEqual(
      new Set(["SN-0001 1", "SN-0002 2"]),
    );
    expect(line.opens).toBe(1);
    await readers.stop("service-stop");
  });

  it("keep their watermarks over a restart", async () => {
    await addClock(home, { family: "tcb", port: "COM1", number: 1, name: "north" });
    const model = new ClockModel(lineOf("COM1"), clock);
    model.punch(1, { push: false });
    const first = await start();
    await until(() => first.state().clocks[0]?.position === 1);
    await first.stop("update");
    expect(await readdir(join(home, "readers", "watermarks"))).toHaveLength(1);
    const second = await start();
    model.punch(2, { push: false });
    await until(() => second.state().clocks[0]?.position === 2);
    expect(sink.punches.map(({ user }) => user)).toEqual(["1", "2"]);
    await second.stop("service-stop");
  });

  it("make a clock of a bare module, whose fingers are known by its page map", async () => {
    await addClock(home, { family: "ef01", port: "COM3", number: 7, name: "door", installedOn: "2026-11-24" });
    await savePageMap(home, "door", new Map([[3, "1024"]]));
    const line = lineOf("COM3");
    const sensor = new FingerModule({ library: [[3, 77]] }, { clock });
    sensor.onSend = (bytes) => clock.after(1, () => line.receive(bytes));
    line.device = (bytes) => sensor.receive(bytes);
    sensor.powerUp();
    const readers = await start();
    await until(() => readers.state().clocks[0]?.connected === true);
    sensor.layOn(77);
    await until(() => sink.punches.length === 1);
    expect(sink.punches).toMatchObject([
      { clock: "unnumbered-door", device: 7, user: "1024", doubt: "before-installation" },
    ]);
    await readers.stop("service-stop");
  });

  it("read a terminal in the network like any other clock", async () => {
    await addClock(home, { family: "zk", host: "10.0.0.9", number: 2, name: "gate", commKey: 12_345 });
    const line = lineOf("tcp://10.0.0.9:4370");
    const terminal = new ZkTerminal({ users: [1_001], commKey: 12_345 }, { clock });
    terminal.rememberPast(3);
    const connection = terminal.accept(
      (bytes) => clock.after(1, () => line.receive(bytes)),
      () => {},
    );
    line.device = (bytes) => connection.receive(bytes);
    const readers = await start();
    await until(() => readers.state().clocks[0]?.position === 3);
    terminal.punch({ user: 1_001 });
    await until(() => sink.punches.length === 4);
    expect(sink.punches.map(({ clock: serial, via }) => [serial, via])).toEqual([
      ["SIMZK00000001", "log"],
      ["SIMZK00000001", "log"],
      ["SIMZK00000001", "log"],
      ["SIMZK00000001", "live"],
    ]);
    await until(() => readers.state().clocks[0]?.position === 4);
    expect(sink.of("clock")[0]).toMatchObject({ event: "online", family: "zk", port: "memory", model: "SIM-K14" });
    await readers.stop("service-stop");
  });

  it("go without a clock whose line cannot be made, and without an item that is no clock", async () => {
    await addClock(home, { family: "tcb", port: "COM1", number: 1, name: "north" });
    await addClock(home, { family: "tcb", port: "hid:1a86:e008", baud: 115_200, number: 1, name: "south" });
    const path = join(home, "clocks.json");
    const items = JSON.parse(await readFile(path, "utf8"));
    const bad = [{ number: 0, family: "tcb", port: "COM2", name: "east" }, { ...items[0], name: "twin" }, "west"];
    await writeFile(path, JSON.stringify([...bad.slice(0, 1), ...items, ...bad.slice(1)]));
    const model = new ClockModel(lineOf("COM1"), clock);
    model.punch(1, { push: false });
    const readers = await start((config) =>
      config.port === "COM1" ? lineOf("COM1") : openLineOf(config, { clock, log: SILENT_LOG }),
    );
    await until(() => sink.punches.length === 1);
    expect(readers.state().faults.map(({ name, code }) => [name, code])).toEqual([
      ["east", "clock-config-bad"],
      ["twin", "clock-exists"],
      [undefined, "clock-config-bad"],
      ["south", "hid-baud-unknown"],
    ]);
    await readers.stop("service-stop");
  });

  it("do not start with a file that is no list", async () => {
    await writeFile(join(home, "clocks.json"), '[{"number":1,');
    await expect(start()).rejects.toMatchObject({ code: "clocks-file-bad" });
  });
});
