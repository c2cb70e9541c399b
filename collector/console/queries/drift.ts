/** How wrong a clock was over time, from the measurements in its records. */
import { sql } from "kysely";
import * as z from "zod";
import { CLOCK_EVENTS, type ClockBody } from "../../../protocol/messages/records/clock-events.ts";
import type { Store } from "../../store/port.ts";
import { shown } from "../instants.ts";
import { afterOf, cursorOf, type Page, pageQuery } from "../page.ts";
import { SCANNED_MAX } from "./records.ts";

/** A record comes later than it happened, and by a source's clock that is wrong itself; not by more than this. */
const SLACK_MS = 24 * 60 * 60 * 1000;

export const driftQuery = pageQuery.extend({
  from: z.iso.datetime({ offset: true }).optional().describe("included"),
  to: z.iso.datetime({ offset: true }).optional().describe("not included"),
});
export type DriftQuery = z.infer<typeof driftQuery>;

export const driftView = z.object({
  at: z.string().describe("when it was measured"),
  clock: z.string(),
  event: z
    .enum(CLOCK_EVENTS)
    .describe("`time-set`: corrected; `time-refused`: the clock did not take it; others: measured"),
  offsetBeforeMs: z.int().nullable().describe("clock minus reader; positive: the clock was ahead"),
  correctedByMs: z.int().nullable().describe("what setting it changed; null: it was not set, or not read back"),
  offsetAfterMs: z.int().nullable().describe("as read back after setting"),
  reason: z.string().nullable(),
  source: z.string(),
  simulated: z.boolean(),
});
export type DriftView = z.infer<typeof driftView>;

/**
 * Newest first, in the order of arrival. The evidence has no index but its own order: a page may hold less than its limit, or
 * nothing, and still not be the last.
 */
export async function findDrift(
  store: Store,
  clock: string,
  query: DriftQuery,
  scannedMax = SCANNED_MAX,
): Promise<Page<DriftView>> {
  const before = afterOf(query) ?? Number.MAX_SAFE_INTEGER;
  const window = await windowBefore(store, before, scannedMax);
  if (!window) return { items: [], next: null };
  let select = measurements(store, clock).where("record.id", ">=", window.from).where("record.id", "<", before);
  if (query.from) select = select.where("record.at", ">=", Date.parse(query.from));
  if (query.to) select = select.where("record.at", "<", Date.parse(query.to));
  const rows = await select.orderBy("record.id", "desc").limit(query.limit).execute();
  const isFull = rows.length === query.limit;
  const last = isFull ? (rows.at(-1)?.id ?? window.from) : window.from;
  // What was committed so long before is older, too.
  const isOver = !isFull && query.from !== undefined && window.committedAt < Date.parse(query.from) - SLACK_MS;
  return { items: rows.map(toView), next: last > 1 && !isOver ? cursorOf(last) : null };
}

/** The first record of those to look through, at most `scannedMax` before `before`. */
async function windowBefore(store: Store, before: number, scannedMax: number) {
  const newest = await store.read
    .selectFrom("record")
    .select("id")
    .where("id", "<", before)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (!newest) return undefined;
  const row = await store.read
    .selectFrom("record")
    .select(["id", "committed_at"])
    .where("id", ">", newest.id - scannedMax)
    .orderBy("id")
    .limit(1)
    .executeTakeFirstOrThrow();
  return { from: row.id, committedAt: row.committed_at };
}

function measurements(store: Store, clock: string) {
  return store.read
    .selectFrom("record")
    .innerJoin("mark", "mark.id", "record.mark_id")
    .innerJoin("source", "source.id", "mark.source_id")
    .select(["record.id", "record.at", "record.body", "source.name", "source.simulated"])
    .where("record.kind", "=", "clock")
    .where(sql`json_extract(record.body, '$.clock')`, "=", clock)
    .where(
      sql<boolean>`coalesce(json_extract(record.body, '$.offsetBeforeMs'), json_extract(record.body, '$.offsetAfterMs')) is not null`,
    );
}

type Row = Awaited<ReturnType<ReturnType<typeof measurements>["execute"]>>[number];

function toView({ at, body, name, simulated }: Row): DriftView {
  const { clock, event, offsetBeforeMs = null, offsetAfterMs = null, reason = null } = JSON.parse(body) as ClockBody;
  const isSet = offsetBeforeMs !== null && offsetAfterMs !== null;
  return {
    at: shown(at),
    clock,
    event,
    offsetBeforeMs,
    correctedByMs: isSet ? offsetAfterMs - offsetBeforeMs : null,
    offsetAfterMs,
    reason,
    source: name,
    simulated: simulated === 1,
  };
}
