/** Sources, what they committed, what of theirs is in quarantine, and what is missing. */
import * as z from "zod";
import type { Store } from "../../store/port.ts";
import { shown } from "../instants.ts";
import { afterOf, type Page, pageQuery, toPage } from "../page.ts";

export const sourceQuery = pageQuery.extend({
  kind: z.enum(["agent", "reader", "centre"]).optional(),
  state: z.enum(["enrolled", "revoked", "duplicate"]).optional(),
});

export const sourceView = z.object({
  source: z.string(),
  site: z.string(),
  kind: z.enum(["agent", "reader", "centre"]),
  simulated: z.boolean(),
  state: z.enum(["enrolled", "revoked", "duplicate"]),
  hostname: z.string(),
  enrolledAt: z.string(),
  epochs: z.array(z.object({ epoch: z.string(), committed: z.int(), updatedAt: z.string() })),
});
export type SourceView = z.infer<typeof sourceView>;

export async function findSources(store: Store, query: z.infer<typeof sourceQuery>): Promise<Page<SourceView>> {
  let select = store.read
    .selectFrom("source")
    .selectAll()
    .where("id", ">", afterOf(query) ?? 0);
  if (query.kind) select = select.where("kind", "=", query.kind);
  if (query.state) select = select.where("state", "=", query.state);
  const rows = await select
    .orderBy("id")
    .limit(query.limit + 1)
    .execute();
  const marks = await marksOf(
    store,
    rows.map(({ id }) => id),
  );
  return toPage(
    rows,
    query.limit,
    ({ id }) => id,
    (row) => toView(row, marks),
  );
}

export async function findSource(store: Store, name: string): Promise<SourceView | undefined> {
  const row = await store.read.selectFrom("source").selectAll().where("name", "=", name).executeTakeFirst();
  return row && toView(row, await marksOf(store, [row.id]));
}

type SourceRow = {
  id: number;
  name: string;
  site: string;
  kind: SourceView["kind"];
  simulated: number;
  state: SourceView["state"];
  hostname: string;
  created_at: number;
};

function toView(row: SourceRow, marks: Map<number, SourceView["epochs"]>): SourceView {
  return {
    source: row.name,
    site: row.site,
    kind: row.kind,
    simulated: row.simulated === 1,
    state: row.state,
    hostname: row.hostname,
    enrolledAt: shown(row.created_at),
    epochs: marks.get(row.id) ?? [],
  };
}

async function marksOf(store: Store, sources: number[]): Promise<Map<number, SourceView["epochs"]>> {
  const bySource = new Map<number, SourceView["epochs"]>();
  if (sources.length === 0) return bySource;
  const rows = await store.read
    .selectFrom("mark")
    .selectAll()
    .where("source_id", "in", sources)
    .orderBy("id")
    .execute();
  for (const { source_id, epoch, committed, updated_at } of rows) {
    bySource.set(source_id, [...(bySource.get(source_id) ?? []), { epoch, committed, updatedAt: shown(updated_at) }]);
  }
  return bySource;
}

export const quarantineView = z.object({
  id: z.int(),
  source: z.string().nullable(),
  number: z.int().nullable(),
  receivedAt: z.string(),
  reason: z.string(),
  detail: z.string(),
  raw: z.string(),
});

/** Records that failed validation, newest first, whole. */
export async function findQuarantine(store: Store, query: z.infer<typeof pageQuery>) {
  let select = store.read
    .selectFrom("quarantine")
    .leftJoin("mark", "mark.id", "quarantine.mark_id")
    .leftJoin("source", "source.id", "mark.source_id")
    .selectAll("quarantine")
    .select("source.name");
  const after = afterOf(query);
  if (after !== undefined) select = select.where("quarantine.id", "<", after);
  const rows = await select
    .orderBy("quarantine.id", "desc")
    .limit(query.limit + 1)
    .execute();
  return toPage(
    rows,
    query.limit,
    ({ id }) => id,
    (row) => ({
      id: row.id,
      source: row.name,
      number: row.seq,
      receivedAt: shown(row.received_at),
      reason: row.reason,
      detail: row.detail,
      raw: row.raw,
    }),
  );
}
