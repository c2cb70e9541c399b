/** Downloads the whole log of a clock behind a USB bridge through the real node-hid; prints what it read and how long it took. */
import { DEFAULT_TIMING, TcbBus } from "../../../collector/clocks/drivers/tcb-bus.ts";
import { TcbDriver } from "../../../collector/clocks/drivers/tcb-driver.ts";
import { lineOf } from "../../../collector/clocks/line/open-line.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { type Download, downloadAll } from "./download.ts";

export interface HidDownloadOptions {
  port: string;
  baud: number;
  device: number;
  records: number;
}

const { port, baud, device, records } = JSON.parse(process.argv[2] ?? "null") as HidDownloadOptions;
const deps = { clock: SYSTEM_CLOCK, log: SILENT_LOG };
const driver = new TcbDriver(
  device,
  new TcbBus({ ...DEFAULT_TIMING, baud }, { ...deps, line: lineOf({ port, baud }, deps) }),
);
await driver.open();
// The figures count the bytes of all that goes over the line, so the time of all of it counts too.
const startAt = performance.now();
await driver.identify();
const { punches } = await downloadAll(driver, records);
const seconds = (performance.now() - startAt) / 1_000;
await driver.close();
process.stdout.write(JSON.stringify({ seconds, punches } satisfies Download), () => process.exit(0));
