/** `dianmao attendance person`: one person's days with the evidence, and what the applications come to. */
import type { Command } from "commander";
import type { InvalidReason } from "../attendance/requests.ts";
import type { PersonSheet, RequestView } from "../attendance-desk/person-view.ts";
import { linesOfAside } from "../attendance-desk/sheets/aside.ts";
import { apiCommand, type CommonFlags, printJson, showTime, withApi } from "./command.ts";
import { formatTable } from "./table.ts";

interface PersonFlags extends CommonFlags {
  from: string;
  to: string;
  asOf?: string;
}

const TYPES: Record<RequestView["type"], string> = {
  official: "因公外出",
  personal: "事假",
  sick: "病假",
  annual: "公休假",
};
const HALVES = { am: "上午", pm: "下午" } as const;
const STATES: Record<RequestView["state"], string> = { valid: "有效", pending: "待定", invalid: "无效" };
const REASONS: Record<InvalidReason, string> = {
  "not-yet-applied": "尚未申请",
  cancelled: "已撤销",
  "applied-late": "事后申请",
  "not-approved": "未获批准",
  "no-certificate": "没有医院证明",
  "certificate-not-qualified": "证明不是定点医院的",
  "no-substitute": "顶岗人未到位",
};

export function personCommand(): Command {
  return apiCommand("person", "一个人的记录及证据 / one person with the evidence")
    .argument("<person>", "工号 / person")
    .requiredOption("--from <date>", "YYYY-MM-DD")
    .requiredOption("--to <date>", "YYYY-MM-DD")
    .option("--as-of <instant>", "按当时所知 / only what was known by then")
    .action((person: string, flags: PersonFlags) =>
      withApi(flags, async (api) => {
        const { from, to, asOf } = flags;
        const path = `/attendance/people/${encodeURIComponent(person)}`;
        const sheet = await api.get<PersonSheet>(path, { from, to, asOf });
        if (flags.json) printJson(sheet);
        else printPerson(sheet);
        return undefined;
      }),
    );
}

function printPerson(sheet: PersonSheet): void {
  const rows = sheet.days.flatMap(({ date, am, pm }) => [
    [date, "上午", am.status, am.time ?? "-", am.article, am.rule, am.evidence.join(" ")],
    ["", "下午", pm.status, pm.time ?? "-", pm.article, pm.rule, pm.evidence.join(" ")],
  ]);
  console.log(`${sheet.unit}  ${sheet.name}（${sheet.person}）`);
  console.log(formatTable(["日期", "半天", "认定", "时刻", "条款", "规则", "证据"], rows));
  if (sheet.requests.length > 0)
    console.log(
      `\n${formatTable(["申请", "类别", "自", "至", "申请时间", "审核", "原因或期限", "条款"], sheet.requests.map(requestRow))}`,
    );
  for (const line of linesOfAside(sheet.aside)) console.log(line);
}

/** A request as people read it: what it is, and why it does not hold or until when it can still come to hold. */
export function requestRow(request: RequestView): string[] {
  const { id, type, fromDate, fromHalf, toDate, toHalf, appliedAt, state, reason, until, article } = request;
  const waits = until === null ? "历法未定，期限未知" : `证明最迟 ${showTime(until)} 前交`;
  return [
    id,
    TYPES[type],
    `${fromDate} ${HALVES[fromHalf]}`,
    `${toDate} ${HALVES[toHalf]}`,
    showTime(appliedAt),
    STATES[state],
    reason === null ? (state === "pending" ? waits : "-") : REASONS[reason],
    article,
  ];
}
