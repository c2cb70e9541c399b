/** `dianmao collector rebuild`: by the collector that runs in this home, or else here and now. */
import { setTimeout as pause } from "node:timers/promises";
import { AppError } from "../../protocol/errors.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { readCollectorConfig } from "../config.ts";
import { jsonLog } from "../json-log.ts";
import { databasePath } from "../main.ts";
import { createProjector } from "../projections/runner.ts";
import { readRunFile } from "../run-file.ts";
import { openNodeSqliteDriver } from "../store/node-sqlite-driver.ts";
import { openStore } from "../store/open-store.ts";
import type { OpenSqlDriver } from "../store/sql-driver.ts";
import { openSqlite3Driver } from "../store/sqlite3-driver.ts";
import { judging } from "../wiring/judging.ts";
import type { RebuildState } from "../wiring/rebuilder.ts";
import { type ApiClient, apiClient, defaultHome } from "./api-client.ts";
import { printJson } from "./command.ts";

const POLL_MS = 500;

export interface RebuildFlags {
  home?: string;
  json?: boolean;
}

/** Resolves to no exit code of its own. Rejects with AppError `already-running`, `rebuild-failed` and those of `apiClient`. */
export async function rebuildHome({ home = defaultHome(), json }: RebuildFlags): Promise<undefined> {
  const startedAt = performance.now();
  const tell = json || !process.stderr.isTTY ? () => {} : showProgress;
  const isRunning = (await readRunFile(home)) !== undefined;
  const records = isRunning ? await rebuildThere(await apiClient({ home }), tell) : await rebuildHere(home, tell);
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  if (json) printJson({ records, seconds });
  else console.log(`已按 ${records} 条记录重算，用时 ${seconds} 秒。Rebuilt from ${records} records in ${seconds} s.`);
  return undefined;
}

type Tell = (done: number, total: number) => void;

function showProgress(done: number, total: number): void {
  process.stderr.write(`\r${done} / ${total}${done === total ? "\n" : ""}`);
}

async function rebuildThere(api: ApiClient, tell: Tell): Promise<number> {
  let now = await api.post<RebuildState>("/rebuild");
  while (now.state === "running") {
    tell(now.done, now.total);
    await pause(POLL_MS);
    now = await api.get<RebuildState>("/rebuild");
  }
  if (now.state !== "done") throw new AppError("rebuild-failed", `the collector says ${now.code ?? now.state}`);
  return now.total;
}

async function rebuildHere(home: string, tell: Tell): Promise<number> {
  const { zone } = await readCollectorConfig(home);
  const log = jsonLog("warn", "rebuild");
  const store = await openStore({ path: databasePath(home), driver: await driverOf(home), clock: SYSTEM_CLOCK, log });
  try {
    const projector = createProjector({ store, clock: SYSTEM_CLOCK, log, ...judging(zone) });
    let records = 0;
    await projector.rebuild({
      onProgress(done, total) {
        records = total;
        tell(done, total);
      },
    });
    await projector.stop();
    return records;
  } finally {
    await store.close();
  }
}

/** The driver that the home's configuration names. */
export async function driverOf(home: string): Promise<OpenSqlDriver> {
  const { sqlite } = await readCollectorConfig(home);
  return sqlite === "node" ? openNodeSqliteDriver : openSqlite3Driver;
}
