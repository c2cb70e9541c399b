/** Applies retention once a day while the collector runs, and when it is told to; one run at a time. */
import { isAppError } from "../../protocol/errors.ts";
import { applyRetention, planRetention, type RetentionDeps, type RetentionPlan } from "./retention.ts";

/** After the start the sources come back and empty their journals: that goes first. */
export const FIRST_RUN_MS = 15 * 60 * 1000;
export const RUN_EVERY_MS = 24 * 60 * 60 * 1000;

export interface RetentionState {
  state: "never" | "running" | "done" | "failed";
  /** Records that the last run that came to its end removed. */
  removed: number;
  /** When the last run ended, ms UTC. */
  endedAt: number | null;
  /** Why it failed. */
  code?: string;
}

export interface RetentionKeeper {
  plan(): Promise<RetentionPlan>;
  state(): RetentionState;
  /** Begins a run, unless one is under way. */
  begin(): RetentionState;
  /** Counters and gauges for /metrics, by name. */
  stats(): Record<string, number>;
  /** Resolves when nothing more is removed. */
  stop(): Promise<void>;
}

export function startRetention(deps: RetentionDeps): RetentionKeeper {
  const { clock, log } = deps;
  const counters = { runs: 0, failures: 0, removed: 0 };
  let state: RetentionState = { state: "never", removed: 0, endedAt: null };
  let running: Promise<void> = Promise.resolve();
  let isStopped = false;
  let cancel = clock.after(FIRST_RUN_MS, daily);

  function daily(): void {
    begin();
    cancel = clock.after(RUN_EVERY_MS, daily);
  }

  function begin(): RetentionState {
    if (state.state === "running" || isStopped) return state;
    state = { ...state, state: "running" };
    running = run();
    return state;
  }

  async function run(): Promise<void> {
    try {
      const removed = await applyRetention(deps, () => isStopped);
      counters.runs++;
      counters.removed += removed;
      state = { state: "done", removed, endedAt: clock.now() };
      if (removed > 0) log.info({ removed }, "records that are over their time were removed");
    } catch (error) {
      counters.failures++;
      const code = isAppError(error) ? error.code : "internal";
      state = { state: "failed", removed: 0, endedAt: clock.now(), code };
      log.warn({ err: error }, "retention was not applied; it is tried again with the next run");
    }
  }

  return {
    plan: () => planRetention(deps),
    state: () => state,
    begin,
    stats: () => ({ ...counters, lastRunAt: state.endedAt ?? 0, failing: state.state === "failed" ? 1 : 0 }),
    async stop() {
      isStopped = true;
      cancel();
      await running;
    },
  };
}
