/** A real centre behind the readers of a scenario: their source enrols over HTTPS, publishes over MQTT, and the punches are rows of the database. */
import { join } from "node:path";
import { readHostIdentity } from "../../collector/clocks/host-identity.ts";
import { sinkOf } from "../../collector/clocks/reader-main.ts";
import { databasePath } from "../../collector/main.ts";
import { openSqlite3Driver } from "../../collector/store/sqlite3-driver.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import { openSource } from "../../protocol/uplink/open-source.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { startCollector } from "../support/collector-process.ts";
import type { FoundPunch, PunchDatabase } from "./punches.ts";

const FLUSH_MS_MAX = 30_000;

/** One centre for all worlds: each world is a source of its own, and its clock's serial number tells its punches apart. */
export async function openCollectorDatabase(folder: string): Promise<PunchDatabase> {
  const collector = await startCollector({ home: join(folder, "centre") });
  const host = await readHostIdentity();
  const source = await openSource(
    {
      home: join(folder, "reader"),
      kind: "reader",
      centre: { url: collector.apiUrl, caFile: collector.caFile, token: await collector.siteToken() },
      ...host,
      version: "scenario/1",
    },
    { clock: SYSTEM_CLOCK, random: Math.random, log: SILENT_LOG },
  );
  const driver = await openSqlite3Driver({ path: databasePath(collector.home), mode: "read", busyTimeoutMs: 5000 });
  return {
    sink: sinkOf(source),
    async punches(): Promise<FoundPunch[]> {
      await source.flush(FLUSH_MS_MAX);
      const { rows } = await driver.query('select clock, "user", device_time as deviceTime, type, ordinal from punch');
      return rows as unknown as FoundPunch[];
    },
    async close() {
      await driver.close();
      await source.stop("service-stop");
      await collector.stop();
    },
  };
}
