/** How many searches a second our driver gets out of a module, beside what the line alone allows: fingers laid on without end. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ef01Exchange } from "../../../collector/clocks/drivers/ef01-exchange.ts";
import { Ef01Module } from "../../../collector/clocks/drivers/ef01-module.ts";
import { serialLine } from "../../../collector/clocks/line/serial-line.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { FingerModule } from "../../../simulators/ef01/module.ts";
import { ModuleLine } from "../../../simulators/ef01/simulated-module.ts";
import { parseFaults } from "../../../simulators/faults/profile.ts";

const BITS_PER_BYTE = 10;
const FINGERS = 100;

export interface Ef01Figures {
  baud: number;
  searches: number;
  bytes: number;
  /** What the bytes alone need: this module thinks for no time. */
  lineSeconds: number;
  seconds: number;
  perSecond: number;
  /** lineSeconds / seconds. */
  share: number;
}

export async function measureEf01(baud: number, searches: number): Promise<Ef01Figures> {
  const folder = mkdtempSync(join(tmpdir(), "dianmao-bench-"));
  const path = join(folder, "module");
  const library = Array.from({ length: FINGERS }, (_, page): [number, number] => [page, page]);
  const sensor = new FingerModule({ library, thinkMs: 0 }, { clock: SYSTEM_CLOCK });
  const deps = { clock: SYSTEM_CLOCK, log: SILENT_LOG };
  const line = await ModuleLine.open(sensor, { path, baud, seed: 1, faults: parseFaults("none") }, deps);
  const exchange = new Ef01Exchange({ baud, address: 0xffffffff }, { ...deps, line: serialLine({ path, baud }, deps) });
  const module = new Ef01Module({ device: 1, password: 0 }, exchange);
  try {
    await module.open();
    const before = line.use();
    const startAt = performance.now();
    for (let index = 0; index < searches; index++) await searchOnce(module, sensor, index % FINGERS);
    const seconds = (performance.now() - startAt) / 1_000;
    const after = line.use();
    const bytes = after.toReaderBytes + after.toDeviceBytes - before.toReaderBytes - before.toDeviceBytes;
    const lineSeconds = (bytes * BITS_PER_BYTE) / baud;
    return { baud, searches, bytes, lineSeconds, seconds, perSecond: searches / seconds, share: lineSeconds / seconds };
  } finally {
    await module.close();
    await line.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function searchOnce(module: Ef01Module, sensor: FingerModule, finger: number): Promise<void> {
  sensor.layOn(finger);
  const look = await module.look(1);
  const found = look === "features" ? await module.search() : undefined;
  if (found?.page !== finger) throw new Error(`finger ${finger} was found on page ${found?.page} (${look})`);
}
