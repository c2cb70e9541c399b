/** Runs the one PowerShell of a day on Windows: once soon after a start if the last snapshot is old, then daily, jittered. */
import type { Log } from "../../../protocol/log.ts";
import type { Clock, Random } from "../../../protocol/time.ts";
import type { Os } from "../../os/os.ts";
import { runDailyScript } from "./daily-script.ts";
import type { DailySnapshot } from "./daily-snapshot.ts";

const DAY_MS = 24 * 3_600_000;
const FIRST_MIN_MS = 60_000;
const SPREAD_MS = 20 * 60_000;
const RETRY_MS = 3 * 3_600_000;

export interface DailyScheduleDeps {
  clock: Clock;
  random: Random;
  log: Log;
  os: Os;
  /** When the last snapshot was taken. */
  lastAt: string | undefined;
  done: (snapshot: DailySnapshot) => Promise<void>;
}

/** Returns the function that stops it. Does nothing on Linux. */
export function scheduleDailyScript({ clock, random, log, os, lastAt, done }: DailyScheduleDeps): () => void {
  if (os.family !== "windows") return () => {};
  const ageMs = lastAt === undefined ? DAY_MS : clock.now() - Date.parse(lastAt);
  let stopped = false;
  let cancel = clock.after(Math.max(FIRST_MIN_MS, DAY_MS - ageMs) + random() * SPREAD_MS, run);

  function run(): void {
    runOnce()
      .catch((error: unknown) => {
        log.error({ error }, "the daily snapshot could not be used");
        return RETRY_MS;
      })
      .then((nextMs) => {
        if (!stopped) cancel = clock.after(nextMs + random() * SPREAD_MS, run);
      });
  }

  async function runOnce(): Promise<number> {
    const ran = await runDailyScript(os);
    if (ran.ok) {
      await done(ran.snapshot);
      return DAY_MS;
    }
    log.warn({ reason: ran.reason, detail: ran.detail }, "no daily snapshot");
    return RETRY_MS;
  }

  return () => {
    stopped = true;
    cancel();
  };
}
