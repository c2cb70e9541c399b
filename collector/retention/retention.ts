/**
 * Retention (网络安全法 23(3), PIPL 19): what PCs reported is kept for the days of the setting, then it goes. What follows from it
 * is written into the base first, so that a rebuild gives the same rows afterwards.
 */
import { AppError } from "../../protocol/errors.ts";
import type { Clock } from "../../protocol/time.ts";
import { advanceBase, type BaseDeps, baseReached, liveReached } from "../projections/base.ts";
import { settingsNow } from "../registry/present.ts";
import { retentionDays } from "../registry/settings.ts";
import { lastBefore, recordAfter } from "./cut.ts";
import { countRemovable, findRemovable, removeRecords, WINDOW_RECORDS, type Window } from "./removable.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Records that one transaction removes: small, for intake waits behind it. */
export const REMOVED_AT_ONCE_MAX = 250;

export interface RetentionDeps extends BaseDeps {
  clock: Clock;
}

export interface RetentionPlan {
  days: number;
  /** What was committed before this moment, ms UTC, is over its time. */
  before: number;
  /** Id of the last such record; 0: none. */
  through: number;
  /** When the oldest record of all was committed, ms UTC. */
  oldestAt: number | null;
  /** Records that go, their bytes, and how many of each kind. */
  records: number;
  bytes: number;
  kinds: Record<string, number>;
  /** Records that stay although their time is over, because their PC has an open finding. */
  held: number;
}

/** What would go now. Changes nothing. */
export async function planRetention({ store, clock }: RetentionDeps): Promise<RetentionPlan> {
  const { days, before, through } = await reachOf(store, clock);
  const oldest = await recordAfter(store.read, 0);
  const plan = { days, before, through, oldestAt: oldest?.committed_at ?? null };
  const found = { records: 0, bytes: 0, kinds: {} as Record<string, number>, held: 0 };
  for (const window of windowsOf(oldest?.id ?? 1, through)) {
    for (const { kind, held, records, bytes } of await countRemovable(store.read, window)) {
      if (held) found.held += records;
      else {
        found.records += records;
        found.bytes += bytes;
        found.kinds[kind] = (found.kinds[kind] ?? 0) + records;
      }
    }
  }
  return { ...plan, ...found };
}

/**
 * Removes what is over its time, in small transactions behind the intake; resolves to how many records went. Safe to be
 * interrupted (`isStopped`). Rejects with AppError `rebuilding` while the projections are being computed anew, and as `Store` does.
 */
export async function applyRetention(deps: RetentionDeps, isStopped: () => boolean = () => false): Promise<number> {
  const { store, clock } = deps;
  const over = await reachOf(store, clock);
  if (over.through === 0) return 0;
  await advanceBase(deps, over.through, isStopped);
  const through = Math.min(over.through, await baseReached(store));
  const oldest = await recordAfter(store.read, 0);
  let removed = 0;
  for (const window of windowsOf(oldest?.id ?? 1, through)) {
    let { after } = window;
    while (!isStopped()) {
      const ids = await findRemovable(store.read, { ...window, after }, REMOVED_AT_ONCE_MAX);
      const last = ids.at(-1);
      if (last === undefined) break;
      removed += await remove(deps, ids, through);
      after = last;
    }
  }
  return removed;
}

async function reachOf(store: RetentionDeps["store"], clock: Clock) {
  const days = retentionDays(await settingsNow(store.read));
  const before = clock.now() - days * DAY_MS;
  return { days, before, through: await lastBefore(store.read, before) };
}

/** A rebuild that began meanwhile began with the base, which holds them; one that had begun before may still need them. */
async function remove({ store }: RetentionDeps, ids: readonly number[], through: number): Promise<number> {
  return await store.write(
    async (tx) => {
      const live = await liveReached(tx);
      if (live === undefined || live < through)
        throw new AppError(
          "rebuilding",
          "the projections are being computed anew: try again when they have come so far",
        );
      return await removeRecords(tx, ids);
    },
    { lane: "background" },
  );
}

function* windowsOf(first: number, through: number): Generator<Window> {
  for (let after = first - 1; after < through; after += WINDOW_RECORDS)
    yield { after, through: Math.min(through, after + WINDOW_RECORDS) };
}
