/** Reads what completeness follows from, and shows it. */
import { formatInstant } from "../../protocol/time.ts";
import { type ClockProgress, NOT_HEARD } from "../projections/clock-progress.ts";
import { DEAF_STATE } from "../projections/flush.ts";
import { PROJECTIONS } from "../registry/present.ts";
import type { Store } from "../store/port.ts";
import { type ClockFacts, completenessOf, type HeldBack, type Watch } from "./completeness.ts";

export interface ClockCompletenessView {
  clock: string;
  /** RFC 3339; null: nothing is known. */
  completeTo: string | null;
  /** Why it is complete to no later moment, and since when; null: nothing holds it back. */
  heldBack: { cause: HeldBack; since: string } | null;
}

export interface CompletenessView {
  /** The least of all clocks in service; null: there is none, or nothing is known of one. */
  completeTo: string | null;
  /** The least of the clocks that nothing holds back. */
  othersTo: string | null;
  clocks: ClockCompletenessView[];
}

/** Up to when the punches of each clock are complete, as far as it is known at `now` (ms UTC). */
export async function readCompleteness(store: Store, now: number): Promise<CompletenessView> {
  const { completeTo, othersTo, clocks } = completenessOf(await readClocks(store), await readWatch(store, now));
  return {
    completeTo: shown(completeTo),
    othersTo: shown(othersTo),
    clocks: clocks.map(({ clock, completeTo: to, heldBack }) => ({
      clock,
      completeTo: shown(to),
      heldBack: heldBack && { cause: heldBack.cause, since: formatInstant(heldBack.since) },
    })),
  };
}

/** Clocks of readers that were sent away are in service no more. */
async function readClocks(store: Store): Promise<ClockFacts[]> {
  const rows = await store.read
    .selectFrom("clock")
    .innerJoin("source", "source.id", "clock.source_id")
    .leftJoin("presence", "presence.source_id", "clock.source_id")
    .select(["clock.clock", "clock.source_id", "clock.port", "clock.device", "clock.state", "clock.state_at"])
    .select(["clock.detail", "clock.last_punch_at", "presence.state as readerState", "presence.changed_at"])
    .where("source.state", "!=", "revoked")
    .orderBy("clock.clock")
    .execute();
  return rows.map((row) => ({
    clock: row.clock,
    place: `${row.source_id}|${row.port}|${row.device}`,
    state: row.state,
    stateAt: row.state_at,
    progress: (JSON.parse(row.detail) as { progress?: ClockProgress }).progress ?? NOT_HEARD,
    lastPunchAt: row.last_punch_at,
    reader:
      row.readerState === null || row.changed_at === null
        ? undefined
        : { state: row.readerState, changedAt: row.changed_at },
  }));
}

async function readWatch({ read }: Store, now: number): Promise<Watch> {
  const [cursor, newest, deaf] = await Promise.all([
    read.selectFrom("cursor").selectAll().where("name", "=", PROJECTIONS).executeTakeFirst(),
    read.selectFrom("record").select("id").orderBy("id", "desc").limit(1).executeTakeFirst(),
    read.selectFrom("projection_state").select("value").where("name", "=", DEAF_STATE).executeTakeFirst(),
  ]);
  const isProjected = (cursor?.record_id ?? 0) >= (newest?.id ?? 0);
  return {
    now,
    projectedTo: isProjected ? now : (cursor?.horizon ?? 0),
    deaf: deaf === undefined ? [] : JSON.parse(deaf.value),
  };
}

function shown(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}
