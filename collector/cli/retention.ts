/** `dianmao collector retention`: what is over its time and goes; by the collector that runs in this home, or else here and now. */
import { setTimeout as pause } from "node:timers/promises";
import { AppError } from "../../protocol/errors.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { readCollectorConfig } from "../config.ts";
import { type RetentionPlanView, type RetentionStateView, toPlanView } from "../console/routes/retention.ts";
import { jsonLog } from "../json-log.ts";
import { databasePath } from "../main.ts";
import { applyRetention, planRetention } from "../retention/retention.ts";
import { readRunFile } from "../run-file.ts";
import { openStore } from "../store/open-store.ts";
import { judging } from "../wiring/judging.ts";
import { type ApiClient, apiClient, defaultHome } from "./api-client.ts";
import { printJson } from "./command.ts";
import { driverOf } from "./rebuild.ts";

const POLL_MS = 500;

export interface RetentionFlags {
  home?: string;
  dryRun?: boolean;
  json?: boolean;
}

/** Resolves to no exit code of its own. Rejects with AppError `retention-failed`, `rebuilding` and those of `apiClient`. */
export async function retainHome({ home = defaultHome(), dryRun = false, json }: RetentionFlags): Promise<undefined> {
  const isRunning = (await readRunFile(home)) !== undefined;
  const { plan, removed } = isRunning ? await there(await apiClient({ home }), dryRun) : await here(home, dryRun);
  if (json) printJson({ dryRun, removed, plan });
  else tell(plan, removed);
  return undefined;
}

interface Outcome {
  /** As it was before. */
  plan: RetentionPlanView;
  /** Null after a dry run. */
  removed: number | null;
}

async function there(api: ApiClient, dryRun: boolean): Promise<Outcome> {
  const plan = await api.get<RetentionPlanView>("/retention/plan");
  if (dryRun) return { plan, removed: null };
  let now = await api.post<RetentionStateView>("/retention");
  while (now.state === "running") {
    await pause(POLL_MS);
    now = await api.get<RetentionStateView>("/retention");
  }
  if (now.state !== "done") throw new AppError("retention-failed", `the collector says ${now.code ?? now.state}`);
  return { plan, removed: now.removed };
}

async function here(home: string, dryRun: boolean): Promise<Outcome> {
  const { zone } = await readCollectorConfig(home);
  const log = jsonLog("warn", "retention");
  const store = await openStore({ path: databasePath(home), driver: await driverOf(home), clock: SYSTEM_CLOCK, log });
  try {
    const deps = { store, clock: SYSTEM_CLOCK, log, ...judging(zone) };
    const plan = toPlanView(await planRetention(deps));
    return { plan, removed: dryRun ? null : await applyRetention(deps) };
  } finally {
    await store.close();
  }
}

function tell(
  { days, before, oldestAt, records, bytes, kinds, held }: RetentionPlanView,
  removed: number | null,
): void {
  const megabytes = (bytes / 1024 / 1024).toFixed(1);
  const byKind = Object.entries(kinds).map(([kind, count]) => `${kind} ${count}`);
  console.log(`保存 ${days} 天（网络安全法 23(3)：不少于六个月），${before.slice(0, 10)} 之前的为到期。Kept for ${days} days.
最早的记录：${oldestAt?.slice(0, 10) ?? "-"}。Oldest record.
到期可删：${records} 条，${megabytes} MB${byKind.length > 0 ? `（${byKind.join("，")}）` : ""}。Over their time.
因有未解决的问题而保留：${held} 条。Held by open findings.
打卡、读卡端记录和各项决定不在其列，一直保存。Punches, records of readers and decisions stay.`);
  console.log(removed === null ? "只检查，未删除。Checked only." : `已删除 ${removed} 条。Removed ${removed}.`);
}
