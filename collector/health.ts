/** How the parts of the collector are, for whoever restarts what is ill and for whoever draws curves. */
import type { Clock } from "../protocol/time.ts";
import type { Store } from "./store/port.ts";

/** A record that is committed and not yet projected for so long means that what is shown is old. */
export const BEHIND_MS_MAX = 60_000;

export type Trouble =
  | "commits-fail"
  | "projections-fail"
  | "projections-behind"
  | "broker-away"
  | "database-unreadable";

export interface Health {
  /** What is not in order now; empty: healthy. The same answer for everybody who asks. */
  troubles(): Promise<Trouble[]>;
  /** Counters and gauges by part and name. */
  stats(): Record<string, Record<string, number>>;
}

export interface HealthDeps {
  store: Pick<Store, "read">;
  clock: Clock;
  stats: Health["stats"];
}

export function createHealth({ store, clock, stats }: HealthDeps): Health {
  async function isBehind(cursor: number): Promise<boolean> {
    const oldest = await store.read
      .selectFrom("record")
      .select("committed_at")
      .where("id", ">", cursor)
      .orderBy("id")
      .limit(1)
      .executeTakeFirst();
    return oldest !== undefined && clock.now() - oldest.committed_at > BEHIND_MS_MAX;
  }

  return {
    stats,
    async troubles() {
      const now = stats();
      const troubles: Trouble[] = [];
      if (now.store?.failing === 1) troubles.push("commits-fail");
      if (now.projector?.failing === 1) troubles.push("projections-fail");
      if (now.broker?.connected === 0) troubles.push("broker-away");
      try {
        // A rebuild is behind by design, and a restart would only make it longer.
        if (now.projector?.rebuilding !== 1 && (await isBehind(now.projector?.cursor ?? 0)))
          troubles.push("projections-behind");
      } catch {
        troubles.push("database-unreadable");
      }
      return troubles;
    },
  };
}
