/** Reads a clock's log as planned: each record numbered among those alike, what is news kept before the next page is taken. */
import type { ClockDriver, LogPage } from "../drivers/driver.ts";
import type { PunchLedger } from "./ledger.ts";
import { type LogItem, type Placement, placeFromMark, placeFromStart } from "./log-placement.ts";
import type { Plan } from "./plan.ts";
import { extendTail, type Watermark } from "./watermark.ts";

export type ReadPlan = Extract<Plan, { do: "read" }>;

export interface LogReadDeps {
  driver: Pick<ClockDriver, "downloadLog" | "parsePunch">;
  ledger: PunchLedger;
  pause(): Promise<void>;
  /** Resolves when the news is in the journal. */
  keep(news: LogItem): Promise<void>;
  /** Each record of the log, known or not. */
  seen(raw: string): void;
}

export interface LogReadResult {
  /** Log position after the last record. */
  position: number;
  tail: string[];
  /** Records that were not known before. */
  news: number;
  /** The last record known is no longer in the log: it was cleared, or overwritten. */
  anchorLost: boolean;
}

export async function readLog(
  plan: ReadPlan,
  watermark: Watermark | undefined,
  deps: LogReadDeps,
): Promise<LogReadResult> {
  const placement = placementOf(plan, watermark);
  const result = { position: plan.base, tail: tailBefore(plan, watermark), news: 0, anchorLost: false };
  deps.ledger.startLog(result.tail.flatMap((raw) => deps.driver.parsePunch(raw) ?? []));
  const { from, expected } = plan;
  for await (const page of deps.driver.downloadLog({ from, expected, pause: deps.pause })) {
    for (const { raw } of page.records) deps.seen(raw);
    result.position += page.records.length;
    result.tail = extendTail(
      result.tail,
      page.records.map(({ raw }) => raw),
    );
    result.news += await keepNews(page, placement, deps);
  }
  const { news, anchorLost } = placement.end();
  result.news += await keepAll(news, deps);
  return { ...result, anchorLost };
}

function placementOf(plan: ReadPlan, watermark: Watermark | undefined): Placement {
  return plan.from === "oldest-new" && watermark ? placeFromMark(plan.base, watermark) : placeFromStart(watermark);
}

/** The known records before the first that will come. */
function tailBefore({ base }: ReadPlan, watermark: Watermark | undefined): string[] {
  if (!watermark || base === 0) return [];
  return watermark.tail.slice(0, Math.max(0, watermark.tail.length - (watermark.position - base)));
}

async function keepNews(page: LogPage, placement: Placement, deps: LogReadDeps): Promise<number> {
  const news = page.records.flatMap((punch) =>
    placement.take({ punch, ordinal: deps.ledger.ordinalInLog(punch), readAt: page.readAt }),
  );
  return keepAll(news, deps);
}

/** How many were kept: a punch that was already journalled when it was pushed is none. */
async function keepAll(items: LogItem[], { ledger, keep }: LogReadDeps): Promise<number> {
  const unknown = items.filter(({ punch, ordinal }) => !ledger.has(punch, ordinal));
  for (let at = 0; at < unknown.length; at += KEEP_AT_ONCE) {
    await Promise.all(unknown.slice(at, at + KEEP_AT_ONCE).map(keep));
  }
  return unknown.length;
}

/** Records given to the journal together, so that one sync serves them. */
const KEEP_AT_ONCE = 100;
