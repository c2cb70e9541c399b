/**
 * `npm run bench -- clock [--families tcb,hid,zk,ef01] [--records 5000] [--bauds 9600,115200] [--zk-records 75000] [--json]`: what the real
 * drivers make of a line that keeps to its rate, as a share of what the line itself can carry. tcb: a whole log over a pseudo
 * terminal, hid: the same behind a virtual CP2110. zk: a whole log over TCP, beside node-zklib on the same terminal. ef01: fingers
 * searched for in a module, one after the other.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DEFAULT_TIMING, TcbBus } from "../../collector/clocks/drivers/tcb-bus.ts";
import { TcbDriver } from "../../collector/clocks/drivers/tcb-driver.ts";
import { serialLine } from "../../collector/clocks/line/serial-line.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { ClockProcess } from "../../simulators/clock/client.ts";
import { type DownloadFigures, downloadAll, measureDownload } from "./clock/download.ts";
import type { Ef01Figures } from "./clock/ef01.ts";
import type { ZkFigures } from "./clock/zk.ts";
import { round } from "./figures.ts";

const DEVICE = 1;
const EF01_BAUDS = [9_600, 57_600, 115_200];
const EF01_SEARCHES = 200;
const USERS = Array.from({ length: 200 }, (_, index) => index + 1);

const FAMILIES: Record<string, (options: BenchOptions) => Promise<object>> = {
  tcb: async ({ records, bauds }) => {
    const figures: DownloadFigures[] = [];
    for (const baud of bauds) figures.push(await measureTcbDownload(baud, records));
    return rowsOf("tcb", figures);
  },
  hid: async ({ records, bauds }) => {
    const { measureHidDownload } = await import("./clock/hid.ts");
    const figures: DownloadFigures[] = [];
    for (const baud of bauds) figures.push(await measureHidDownload(baud, records));
    return rowsOf("hid", figures);
  },
  zk: async ({ zkRecords }) => zkRows(await (await import("./clock/zk.ts")).measureZk(zkRecords)),
  ef01: async () => {
    const { measureEf01 } = await import("./clock/ef01.ts");
    const figures: Ef01Figures[] = [];
    for (const baud of EF01_BAUDS) figures.push(await measureEf01(baud, EF01_SEARCHES));
    return ef01Rows(figures);
  },
};

interface BenchOptions {
  records: number;
  bauds: number[];
  zkRecords: number;
}

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      families: { type: "string", default: Object.keys(FAMILIES).join(",") },
      records: { type: "string", default: "5000" },
      bauds: { type: "string", default: "9600,115200" },
      "zk-records": { type: "string", default: "75000" },
      json: { type: "boolean", default: false },
    },
  });
  const bauds = values.bauds.split(",").map(Number);
  const options = { records: Number(values.records), bauds, zkRecords: Number(values["zk-records"]) };
  for (const family of values.families.split(",")) {
    const measure = FAMILIES[family];
    if (!measure) throw new Error(`no family ${family}; there are ${Object.keys(FAMILIES).join(", ")}`);
    const rows = await measure(options);
    if (values.json) console.log(JSON.stringify({ family, rows }));
    else console.table(rows);
  }
}

/** Downloads a log of `records` records through a pseudo terminal. */
async function measureTcbDownload(baud: number, records: number): Promise<DownloadFigures> {
  const folder = mkdtempSync(join(tmpdir(), "dianmao-bench-"));
  const path = join(folder, "clock");
  const clock = await ClockProcess.start({ path, baud, clocks: [{ number: DEVICE, users: USERS, realTime: false }] });
  const driver = openDriver(path, baud);
  try {
    await driver.open();
    await driver.identify();
    return await measureDownload(clock, { baud, records }, () => downloadAll(driver, records));
  } finally {
    await driver.close();
    await clock.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function openDriver(path: string, baud: number): TcbDriver {
  const deps = { clock: SYSTEM_CLOCK, log: SILENT_LOG };
  const bus = new TcbBus({ baud, ...DEFAULT_TIMING }, { ...deps, line: serialLine({ path, baud }, deps) });
  return new TcbDriver(DEVICE, bus);
}

function rowsOf(family: string, figures: DownloadFigures[]): object {
  return Object.fromEntries(
    figures.map(({ baud, records, bytes, lineSeconds, seconds, ratio }) => [
      `${family} ${baud} baud`,
      {
        records,
        bytes,
        "line needs (s)": round(lineSeconds, 2),
        "taken (s)": round(seconds, 2),
        share: round(ratio, 3),
      },
    ]),
  );
}

function zkRows(figures: ZkFigures[]): object {
  const other = figures.at(-1)?.seconds ?? 0;
  return Object.fromEntries(
    figures.map(({ client, records, ofRecords, seconds, lineSeconds, share, error }) => [
      `zk ${client}`,
      {
        records: `${records} of ${ofRecords}`,
        "line needs (s)": round(lineSeconds, 2),
        "taken (s)": round(seconds, 2),
        share: round(share, 3),
        "times as fast": round(other / seconds, 2),
        error: error ?? "",
      },
    ]),
  );
}

function ef01Rows(figures: Ef01Figures[]): object {
  return Object.fromEntries(
    figures.map(({ baud, searches, bytes, lineSeconds, seconds, perSecond, share }) => [
      `ef01 ${baud} baud`,
      {
        searches,
        bytes,
        "line needs (s)": round(lineSeconds, 2),
        "taken (s)": round(seconds, 2),
        "searches/s": round(perSecond, 1),
        share: round(share, 3),
      },
    ]),
  );
}
