/** How things stand, in numbers: rules by verdict, PCs, clocks, findings, and up to when the data is complete. */
import * as z from "zod";
import { NOTICE_CODES, type Notice } from "../../attendance-desk/notices.ts";
import { RULES } from "../../compliance/rules.ts";
import type { Store } from "../../store/port.ts";
import { shownOrNull } from "../instants.ts";

const counts = z.record(z.string(), z.int());

export const summaryView = z.object({
  rules: z.array(
    z.object({
      rule: z.string(),
      article: z.string(),
      title: z.object({ zh: z.string(), en: z.string() }),
      pass: z.int(),
      fail: z.int(),
      unknown: z.int(),
    }),
  ),
  machines: counts,
  presence: counts,
  clocks: counts,
  openFindings: counts,
  punches: z.int(),
  records: z.int(),
  /** Everything committed before it is projected. */
  completeTo: z.string().nullable(),
  /** What officers must see to. */
  notices: z.array(
    z.object({
      code: z.enum(NOTICE_CODES),
      subject: z.string(),
      message: z.object({ zh: z.string(), en: z.string() }),
    }),
  ),
});
export type SummaryView = z.infer<typeof summaryView>;

export async function summarise(store: Store, notices: Notice[]): Promise<SummaryView> {
  const { read } = store;
  const [verdicts, pcs, presence, clocks, findings, punches, records, cursor] = await Promise.all([
    read
      .selectFrom("verdict")
      .select(["rule", "verdict", (eb) => eb.fn.countAll<number>().as("count")])
      .groupBy(["rule", "verdict"])
      .execute(),
    countBy(store, "pc", "state"),
    countBy(store, "machine", "presence"),
    countBy(store, "clock", "state"),
    read
      .selectFrom("finding")
      .select(["severity", (eb) => eb.fn.countAll<number>().as("count")])
      .where("state", "=", "open")
      .groupBy("severity")
      .execute(),
    read
      .selectFrom("punch")
      .select((eb) => eb.fn.max("id").as("last"))
      .executeTakeFirst(),
    read
      .selectFrom("record")
      .select((eb) => eb.fn.max("id").as("last"))
      .executeTakeFirst(),
    read
      .selectFrom("cursor")
      .select((eb) => eb.fn.min("horizon").as("horizon"))
      .executeTakeFirst(),
  ]);
  const of = (rule: string, verdict: string) =>
    verdicts.find((row) => row.rule === rule && row.verdict === verdict)?.count ?? 0;
  return {
    rules: RULES.map(({ code, article, title }) => ({
      rule: code,
      article,
      title,
      pass: of(code, "pass"),
      fail: of(code, "fail"),
      unknown: of(code, "unknown"),
    })),
    machines: pcs,
    presence,
    clocks,
    openFindings: Object.fromEntries(findings.map(({ severity, count }) => [severity, count])),
    punches: punches?.last ?? 0,
    records: records?.last ?? 0,
    completeTo: shownOrNull(cursor?.horizon ?? null),
    notices,
  };
}

async function countBy(store: Store, table: "pc" | "machine" | "clock", column: "state" | "presence") {
  const rows = await store.read
    .selectFrom(table)
    .select([`${column} as value` as never, (eb) => eb.fn.countAll<number>().as("count")])
    .groupBy(column as never)
    .execute();
  return Object.fromEntries(
    (rows as unknown as { value: string; count: number }[]).map(({ value, count }) => [value, count]),
  );
}
