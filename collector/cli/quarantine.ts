/** `dianmao quarantine`: punches whose time cannot be true, and the officer's word about each. */
import { Command, InvalidArgumentError } from "commander";
import { instantOfLocal } from "../../protocol/clock/local-time.ts";
import { formatInstant } from "../../protocol/time.ts";
import type { DoubtfulView } from "../console/queries/doubtful-punches.ts";
import {
  apiCommand,
  type CommonFlags,
  EXIT_CALLED_WRONGLY,
  EXIT_FOUND_OR_FAILED,
  integer,
  printJson,
  showTime,
  withApi,
} from "./command.ts";
import { formatTable } from "./table.ts";
import { WORDS } from "./words.ts";

const ZONE = "Asia/Shanghai";

export function quarantineCommand(): Command {
  return new Command("quarantine")
    .description("时间不可信的打卡：查看、采信、不采信 / punches whose time cannot be true")
    .addCommand(listCommand())
    .addCommand(acceptCommand())
    .addCommand(rejectCommand());
}

function listCommand(): Command {
  return apiCommand("list", "列出，连同建议的时间 / list, with the times proposed")
    .option("--clock <clock>", "考勤机 / serial number of a clock")
    .option("--decided", "包括已决定的 / those decided about too")
    .option("--limit <n>", "最多几条 / most items", integer(1, 1000), 50)
    .action((flags: CommonFlags & { clock?: string; decided?: boolean; limit: number }) =>
      withApi(flags, async (api) => {
        const { clock, decided, limit, json, lang } = flags;
        const page = await api.get<{ items: DoubtfulView[]; next: string | null }>("/punches/doubtful", {
          clock,
          decided,
          limit,
        });
        if (json) printJson(page);
        else printTable(page.items, page.next !== null, lang);
        return page.items.some(({ decision }) => decision === null) ? EXIT_FOUND_OR_FAILED : undefined;
      }),
    );
}

function printTable(items: readonly DoubtfulView[], isMore: boolean, lang: "zh" | "en"): void {
  const words = WORDS[lang];
  const { header, bases, none, results } = TEXT[lang];
  if (items.length === 0) console.log(words.none);
  else {
    const rows = items.map(({ id, clock, user, deviceTime, doubt, via, readAt, proposal, decision }) => [
      String(id),
      clock,
      user,
      deviceTime.replace("T", " "),
      words.doubts[doubt ?? ""] ?? doubt ?? "-",
      `${showTime(readAt)} ${via === "live" ? words.live : words.log}`,
      proposal ? `${showTime(proposal.at)} (${bases[proposal.basis]})` : none,
      decision ? `${results[decision.result]} ${decision.by}` : "-",
    ]);
    console.log(formatTable(header, rows));
  }
  if (isMore) console.log(words.more);
}

const TEXT = {
  zh: {
    header: ["序号", "考勤机", "工号", "机上时间", "缘由", "读到", "建议时间", "决定"],
    bases: { offset: "按实测偏差", received: "按收到时刻" },
    none: "无，请用 --at 指定",
    results: { accepted: "采信", rejected: "不采信" },
  },
  en: {
    header: ["no.", "clock", "user", "time shown", "why", "read", "proposed", "decision"],
    bases: { offset: "measured offset", received: "time of receipt" },
    none: "none: say it with --at",
    results: { accepted: "accepted", rejected: "rejected" },
  },
} as const;

interface DecideFlags extends CommonFlags {
  reason: string;
  dryRun?: boolean;
}

function acceptCommand(): Command {
  return decideCommand("accept", "采信：按建议的时间，或按 --at / let punches count")
    .option("--at <time>", "实际打卡时间，只用于一条 / when it was made: 2026-11-24 08:58:30", moment)
    .action((ids: number[], flags: DecideFlags & { at?: string }) => {
      if (flags.at !== undefined && ids.length > 1) {
        console.error("--at 只能用于一条打卡 / --at is for one punch");
        process.exitCode = EXIT_CALLED_WRONGLY;
        return;
      }
      return decideAll(ids, flags, "accept", { at: flags.at });
    });
}

function rejectCommand(): Command {
  return decideCommand("reject", "不采信 / never let them count").action((ids: number[], flags: DecideFlags) =>
    decideAll(ids, flags, "reject", {}),
  );
}

function decideCommand(name: string, description: string): Command {
  return apiCommand(name, description)
    .argument("<number...>", "序号 / numbers of punches", (text: string, before: number[] | undefined) => [
      ...(before ?? []),
      integer(1, Number.MAX_SAFE_INTEGER)(text),
    ])
    .requiredOption("--reason <text>", "理由 / why")
    .option("--dry-run", "只检查 / check only");
}

/** One decision a punch, each with its own record; the first that fails ends it. */
async function decideAll(
  ids: readonly number[],
  flags: DecideFlags,
  verb: "accept" | "reject",
  more: { at?: string | undefined },
): Promise<void> {
  const { reason, dryRun, json } = flags;
  await withApi(flags, async (api) => {
    const answers: unknown[] = [];
    for (const id of ids) {
      const answer = await api.post<{ at?: string }>(`/punches/${id}/${verb}`, { reason, dryRun, ...more });
      answers.push({ punch: id, ...answer });
      if (!json) console.log(toldOf(id, answer.at, dryRun));
    }
    if (json) printJson(answers);
    return undefined;
  });
}

function toldOf(id: number, at: string | undefined, dryRun: boolean | undefined): string {
  const what = at === undefined ? "不采信 / rejected" : `采信，按 ${showTime(at)} 计 / accepted`;
  return dryRun ? `${id}: 检查通过，未决定（${what}）/ checked only` : `${id}: ${what}`;
}

/** An instant with its offset, or a time of the site without one. */
function moment(text: string): string {
  const isLocal = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?$/.test(text);
  const local = `${text.replace(" ", "T")}${text.length === "2026-11-24 08:58".length ? ":00" : ""}`;
  const at = isLocal ? instantOfLocal(local, ZONE) : Date.parse(text);
  if (at === undefined || Number.isNaN(at)) throw new InvalidArgumentError("YYYY-MM-DD HH:MM[:SS]");
  return formatInstant(at);
}
