/** A whole log through a virtual CP2110 and the real node-hid, beside the time that the UART behind the bridge needs for the bytes. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { ClockProcess } from "../../../simulators/clock/client.ts";
import { busEnvironment } from "../../../simulators/hid/hid-bus.ts";
import { type Download, type DownloadFigures, measureDownload } from "./download.ts";
import type { HidDownloadOptions } from "./hid-process.ts";

const DEVICE = 1;
const SERIAL = "BENCH1";
const PORT = `hid:10c4:ea80:${SERIAL}`;
const USERS = Array.from({ length: 200 }, (_, index) => index + 1);
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Throws when one record differs from the clock's ledger. */
export async function measureHidDownload(baud: number, records: number): Promise<DownloadFigures> {
  const folder = mkdtempSync(join(tmpdir(), "dianmao-bench-hid-"));
  const clock = await ClockProcess.start({
    path: folder,
    baud,
    clocks: [{ number: DEVICE, users: USERS, realTime: false }],
    bridge: { name: "cp2110", serial: SERIAL },
  });
  try {
    const options = { port: PORT, baud, device: DEVICE, records };
    return await measureDownload(clock, options, () => download(folder, options));
  } finally {
    await clock.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** In a process of its own: the bus shows itself only to those that are started with it. */
async function download(folder: string, options: HidDownloadOptions): Promise<Download> {
  const program = fileURLToPath(new URL("./hid-process.ts", import.meta.url));
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", tsx, program, JSON.stringify(options)], {
    env: { ...process.env, ...busEnvironment(folder) },
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  return JSON.parse(stdout) as Download;
}
