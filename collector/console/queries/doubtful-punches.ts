/** Punches in quarantine: those whose time cannot be true, with the time that is likely true. */
import * as z from "zod";
import { doubtfulPunches, proposals } from "../../registry/doubtful-punches.ts";
import type { ProposedTime } from "../../registry/proposed-time.ts";
import type { Store } from "../../store/port.ts";
import { shown } from "../instants.ts";
import { afterOf, type Page, pageQuery, toPage } from "../page.ts";
import { findPunchesById, punchView } from "./clocks.ts";

export const doubtfulQuery = pageQuery.extend({
  clock: z.string().max(64).optional(),
  decided: z.stringbool().optional().describe("those that were decided about too"),
});

export const doubtfulView = punchView.extend({
  proposal: z
    .object({
      at: z.string().describe("when it was likely made"),
      basis: z
        .enum(["offset", "received"])
        .describe(
          "`offset`: the time shown, corrected by the clock's measured error; `received`: when the push arrived",
        ),
      measured: z.int().nullable().describe("the record of that measurement"),
    })
    .nullable()
    .describe("null: nothing tells when; whoever accepts it has to say"),
});
export type DoubtfulView = z.infer<typeof doubtfulView>;

/** Newest first. */
export async function findDoubtful(store: Store, query: z.infer<typeof doubtfulQuery>): Promise<Page<DoubtfulView>> {
  let select = doubtfulPunches(store.read);
  const after = afterOf(query);
  if (after !== undefined) select = select.where("punch.id", "<", after);
  if (query.clock) select = select.where("punch.clock", "=", query.clock);
  if (!query.decided) select = select.where("punch.decision", "is", null);
  const rows = await select
    .orderBy("punch.id", "desc")
    .limit(query.limit + 1)
    .execute();
  const punches = await findPunchesById(
    store,
    rows.map(({ id }) => id),
  );
  const proposed = await proposals(store.read, rows);
  const items = rows.flatMap(({ id }) => {
    const punch = punches.get(id);
    return punch ? [{ ...punch, proposal: toProposal(proposed.get(id)) }] : [];
  });
  return toPage(
    items,
    query.limit,
    ({ id }) => id,
    (item) => item,
  );
}

function toProposal(proposed: ProposedTime | undefined): DoubtfulView["proposal"] {
  return proposed ? { ...proposed, at: shown(proposed.at) } : null;
}
