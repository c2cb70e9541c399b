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
import type { HidDownload, HidDownloadOptions } from "./hid-process.ts";

const DEVICE = 1;
const BITS_PER_BYTE = 10;
const SERIAL = "BENCH1";
const PORT = `hid:10c4:ea80:${SERIAL}`;
const USERS = Array.from({ length: 200 }, (_, index) => index + 1);
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

export interface HidFigures {
  baud: number;
  records: number;
  bytes: number;
  lineSeconds: number;
  seconds: number;
  ratio: number;
}

/** Throws when one record differs from the clock's ledger. */
export async function measureHidDownload(baud: number, records: number): Promise<HidFigures> {
  const folder = mkdtempSync(join(tmpdir(), "dianmao-bench-hid-"));
  const clock = await ClockProcess.start({
    path: folder,
    baud,
    clocks: [{ number: DEVICE, users: USERS, realTime: false }],
    bridge: { name: "cp2110", serial: SERIAL },
  });
  try {
    await clock.tell({ do: "remember", count: records, isNew: true });
    const before = await clock.report();
    const { seconds, punches } = await download(folder, { port: PORT, baud, device: DEVICE, records });
    const after = await clock.report();
    const made = (await clock.ledger()).map(({ user, deviceTime, type }) => `${user} ${deviceTime} ${type}`);
    const wrong = made.findIndex((entry, index) => punches[index] !== entry);
    if (punches.length !== made.length || wrong >= 0) {
      throw new Error(`read ${punches.length} of ${made.length} records; first difference at ${wrong}`);
    }
    const bytes = after.toReaderBytes + after.toDeviceBytes - before.toReaderBytes - before.toDeviceBytes;
    const lineSeconds = (bytes * BITS_PER_BYTE) / baud;
    return { baud, records, bytes, lineSeconds, seconds, ratio: lineSeconds / seconds };
  } finally {
    await clock.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** In a process of its own: the bus shows itself only to those that are started with it. */
async function download(folder: string, options: HidDownloadOptions): Promise<HidDownload> {
  const program = fileURLToPath(new URL("./hid-process.ts", import.meta.url));
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", tsx, program, JSON.stringify(options)], {
    env: { ...process.env, ...busEnvironment(folder) },
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  return JSON.parse(stdout) as HidDownload;
}
