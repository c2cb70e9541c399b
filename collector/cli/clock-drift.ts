/** `dianmao clock drift`: how wrong a clock was over time, and what setting it did. */
import { Command, InvalidArgumentError } from "commander";
import { instantOfLocal } from "../../protocol/clock/local-time.ts";
import { formatInstant } from "../../protocol/time.ts";
import type { Page } from "../console/page.ts";
import type { DriftView } from "../console/queries/drift.ts";
import { type ApiClient, apiClient } from "./api-client.ts";
import { type ClockCliDeps, type CommonFlags, run, withCommonFlags } from "./clock-command.ts";
import { ZONE_DEFAULT } from "./clock-tools.ts";
import { integer } from "./command.ts";
import { formatTable } from "./table.ts";

const ROWS_DEFAULT = 100;
const ROWS_MAX = 100_000;
const PAGE_ROWS = 1000;

interface DriftFlags extends CommonFlags {
  from?: string;
  to?: string;
  last: number;
  server?: string;
  token?: string;
  ca?: string;
}

export function driftCommand(deps: ClockCliDeps): Command {
  return withCommonFlags(new Command("drift"))
    .description("how wrong a clock was, and how it was corrected / 考勤机走时偏差历史")
    .argument("<clock>", "as in `clock list`, or its serial number")
    .option("--from <when>", "YYYY-MM-DD (in China) or an instant, included", instant)
    .option("--to <when>", "YYYY-MM-DD (in China) or an instant, not included", instant)
    .option("--last <n>", "so many of the newest", integer(1, ROWS_MAX), ROWS_DEFAULT)
    .option("--server <url>", "another collector, https://host:8443")
    .option("--token <token>", "bearer token (DIANMAO_TOKEN)")
    .option("--ca <file>", "PEM of the authority to trust")
    .addHelpText(
      "after",
      `
Asked of the running collector; the clock is not touched (dianmao clock time looks at it now). A reader measures at each poll, and
reports once an hour, when a clock goes wrong by 30 s or more, and whenever it sets it.`,
    )
    .action((clock: string, { home, ...flags }: DriftFlags) =>
      run(deps, async () => {
        const rows = await collect(await apiClient({ ...flags, home: deps.home(home) }), clock, flags);
        deps.print(flags.json ? JSON.stringify(rows) : textOf(rows));
      }),
    );
}

/** The oldest first. A page may hold nothing and not be the last. */
async function collect(api: ApiClient, clock: string, { from, to, last }: DriftFlags): Promise<DriftView[]> {
  const rows: DriftView[] = [];
  let cursor: string | undefined;
  do {
    const query = { from, to, cursor, limit: Math.min(PAGE_ROWS, last - rows.length) };
    const page = await api.get<Page<DriftView>>(`/clocks/${encodeURIComponent(clock)}/drift`, query);
    rows.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && rows.length < last);
  return rows.reverse();
}

const EVENT_WORDS: Partial<Record<DriftView["event"], string>> = {
  "time-set": "已校准 / set",
  "time-refused": "校准未成功 / not taken",
};

function textOf(rows: readonly DriftView[]): string {
  if (rows.length === 0) return "没有走时偏差记录 / no measurements";
  const shown = rows.map(({ at, event, offsetBeforeMs, correctedByMs, offsetAfterMs, reason }) => [
    new Date(at).toLocaleString("sv-SE", { timeZone: ZONE_DEFAULT }),
    seconds(offsetBeforeMs),
    seconds(correctedByMs),
    seconds(offsetAfterMs),
    EVENT_WORDS[event] ?? "测量 / measured",
    reason ?? "",
  ]);
  return formatTable(["时间", "偏差 s", "校正 s", "回读 s", "结果", "说明"], shown);
}

/** Positive: the clock is ahead. */
function seconds(ms: number | null): string {
  return ms === null ? "-" : `${ms > 0 ? "+" : ""}${(ms / 1000).toFixed(1)}`;
}

function instant(text: string): string {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? instantOfLocal(`${text}T00:00:00`, ZONE_DEFAULT) : Date.parse(text);
  if (ms === undefined || Number.isNaN(ms)) throw new InvalidArgumentError("YYYY-MM-DD, or 2026-11-24T08:00:00+08:00");
  return formatInstant(ms);
}
