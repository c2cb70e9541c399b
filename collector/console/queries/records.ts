/** Records as they were received, straight from the evidence. */
import * as z from "zod";
import type { RecordKind } from "../../../protocol/messages/records.ts";
import type { Store } from "../../store/port.ts";
import { shown } from "../instants.ts";
import { afterOf, cursorOf, type Page, pageQuery } from "../page.ts";

/**
 * Records that one request looks through. The evidence has no index but its own order, so that taking records in stays cheap:
 * a page may hold less than its limit, or nothing, and still not be the last.
 */
export const SCANNED_MAX = 100_000;

export const recordQuery = pageQuery.extend({ source: z.string().max(64).optional() });

export const recordView = z.object({
  id: z.int(),
  source: z.string(),
  simulated: z.boolean(),
  number: z.int().describe("in the source's journal"),
  at: z.string().describe("by the source's clock"),
  receivedAt: z.string(),
  address: z.string().nullable().describe("that the centre saw"),
  offsetMs: z.number().nullable(),
  body: z.record(z.string(), z.unknown()),
});
export type RecordView = z.infer<typeof recordView>;

/** Newest first. */
export async function findRecords(
  store: Store,
  kind: RecordKind,
  query: z.infer<typeof recordQuery>,
  scannedMax = SCANNED_MAX,
): Promise<Page<RecordView>> {
  const before = afterOf(query) ?? (await newest(store)) + 1;
  const from = Math.max(1, before - scannedMax);
  let select = store.read
    .selectFrom("record")
    .innerJoin("mark", "mark.id", "record.mark_id")
    .innerJoin("source", "source.id", "mark.source_id")
    .selectAll("record")
    .select(["source.name", "source.simulated"])
    .where("record.id", ">=", from)
    .where("record.id", "<", before)
    .where("record.kind", "=", kind);
  if (query.source !== undefined) select = select.where("source.name", "=", query.source);
  const rows = await select.orderBy("record.id", "desc").limit(query.limit).execute();
  const last = rows.length === query.limit ? rows.at(-1)?.id : from;
  return { items: rows.map(toView), next: last !== undefined && last > 1 ? cursorOf(last) : null };
}

async function newest(store: Store): Promise<number> {
  const row = await store.read
    .selectFrom("record")
    .select((eb) => eb.fn.max("id").as("id"))
    .executeTakeFirst();
  return row?.id ?? 0;
}

interface Row {
  id: number;
  name: string;
  simulated: number;
  seq: number;
  at: number;
  received_at: number;
  address: string | null;
  offset_ms: number | null;
  body: string;
}

function toView(row: Row): RecordView {
  return {
    id: row.id,
    source: row.name,
    simulated: row.simulated === 1,
    number: row.seq,
    at: shown(row.at),
    receivedAt: shown(row.received_at),
    address: row.address,
    offsetMs: row.offset_ms,
    body: JSON.parse(row.body),
  };
}
