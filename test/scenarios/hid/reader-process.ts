/** A reader of one clock behind a USB bridge as a process of its own: real node-hid; its records go out as JSON lines. Ends with its input. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_TIMING, TcbBus } from "../../../collector/clocks/drivers/tcb-bus.ts";
import { TcbDriver } from "../../../collector/clocks/drivers/tcb-driver.ts";
import { parseHidAddress } from "../../../collector/clocks/line/hid/address.ts";
import { hidLine } from "../../../collector/clocks/line/hid/hid-line.ts";
import { NODE_HID } from "../../../collector/clocks/line/hid/host.ts";
import { INSTALLED_ON_DEFAULT } from "../../../collector/clocks/reader/punch-record.ts";
import { ClockReader } from "../../../collector/clocks/reader/reader.ts";
import { openWatermarkFiles } from "../../../collector/clocks/reader/watermark-file.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";

const POLL_MS = 500;

export interface HidReaderOptions {
  port: string;
  baud: number;
  device: number;
}

const { port, baud, device } = JSON.parse(process.argv[2] ?? "null") as HidReaderOptions;
const address = parseHidAddress(port);
if (!address) throw new RangeError(port);
const deps = { clock: SYSTEM_CLOCK, log: SILENT_LOG };
const folder = mkdtempSync(join(tmpdir(), "dianmao-hid-reader-"));
const line = hidLine({ ...address, baud }, { ...deps, host: NODE_HID });
let newest = 0;
const reader = new ClockReader(
  {
    name: "hid",
    zone: "Asia/Shanghai",
    live: true,
    setsTime: false,
    installedOn: INSTALLED_ON_DEFAULT,
    pollMs: POLL_MS,
  },
  {
    ...deps,
    driver: new TcbDriver(device, new TcbBus({ ...DEFAULT_TIMING, baud }, { ...deps, line })),
    sink: {
      append: async (record) => {
        process.stdout.write(`${JSON.stringify(record)}\n`);
        newest += 1;
        return newest;
      },
      newest: () => newest,
      committed: () => newest,
      onReplay: () => () => {},
    },
    store: await openWatermarkFiles(folder, deps),
    random: Math.random,
  },
);
reader.start();
process.stdin.resume();
process.stdin.once("end", () => {
  void reader.stop().then(() => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  });
});
