/** What `npm start` tells: where things are, how this PC stands, and then what is new. */
import type { ApiClient } from "../collector/cli/api-client.ts";
import { showTime } from "../collector/cli/command.ts";
import { formatTable } from "../collector/cli/table.ts";
import { WORDS } from "../collector/cli/words.ts";
import type { PunchView } from "../collector/console/queries/clocks.ts";
import type { AlertView } from "../collector/console/queries/findings.ts";
import type { MachineView } from "../collector/console/queries/machines.ts";
import type { SummaryView } from "../collector/console/queries/summary.ts";

const words = WORDS.zh;

/** What a collector says of itself once it runs. */
export interface Ready {
  apiUrl: string;
  mqttUrl: string;
  caFile: string;
  caFingerprint: string;
}

export function tellWhere(where: Ready & { home: string; log: string }): void {
  console.log(`
点卯已运行。Dianmao runs.
  接口 API      ${where.apiUrl}/api/v1   （说明 /api/v1/openapi.json，令牌 npx dianmao collector token create）
  上报 MQTT     ${where.mqttUrl}
  数据 Home     ${where.home}
  日志 Log      ${where.log}
  证书指纹 CA   ${where.caFingerprint}
  其他终端可用  npx dianmao status | machines | findings | alerts | punches --follow
  接入考勤机    npx dianmao clock add --port /dev/ttyUSB0 --baud 9600 --number 1
  接入电脑      npx dianmao enrol token
按 Ctrl+C 停止。Ctrl+C stops.
`);
}

/** One part has gone; the others go on. */
export function tellEnded(name: string, log: string): void {
  console.log(`${name} 意外结束，原因见 ${log}。It ended by itself; the log says why.`);
}

interface Verdict {
  rule: string;
  verdict: string;
  reason: string | null;
}

export async function tellMachine(api: ApiClient, machine: MachineView): Promise<void> {
  const [{ verdicts }, { rules }] = await Promise.all([
    api.get<{ verdicts: Verdict[] }>(`/machines/${machine.source}`),
    api.get<SummaryView>("/summary"),
  ]);
  console.log(`本机 This PC: ${machine.hostname}（${machine.source}），${machine.os}，IP ${machine.address ?? "-"}`);
  const names: Record<string, string> = {
    pass: "合规 pass",
    fail: "不合规 FAIL",
    unknown: "未知 unknown",
    "not-applicable": "不适用 n/a",
  };
  const rows = rules.flatMap(({ rule, title, article }) => {
    const verdict = verdicts.find((one) => one.rule === rule);
    return verdict
      ? [[names[verdict.verdict] ?? verdict.verdict, title.zh, title.en, article, verdict.reason ?? ""]]
      : [];
  });
  console.log(`${formatTable(["结果", "规则", "rule", "条款", "原因"], rows)}\n`);
}

/**
 * Whoever starts the centre vouches for this PC's certificate; its entry in the register (XC 1) names a unit and a custodian,
 * which only a person can say. `options`: what the commands need to find this home.
 */
export function tellRegistration({ source, address, state }: MachineView, options: string): void {
  if (state !== "pending") return;
  const grant = address === null ? "" : `\n  npx dianmao ip grant ${source} ${address} --reference 申请文号${options}`;
  console.log(`本机已入网，尚未登记入计算机登记台账，因此"计算机未登记备案"（XC 1）为不合规。填上窗口（处室）和责任人即可登记${grant && "，再登记其 IP 地址（WG 14）"}：
This PC has its certificate and is not in the register yet, so XC 1 fails. Enter unit and custodian${grant && ", and its address"}:
  npx dianmao pc approve ${source} --unit 窗口或处室 --custodian 责任人${options}${grant}
`);
}

/** Alerts and punches as they come, until the signal. */
export async function tellEvents(api: ApiClient, signal: AbortSignal): Promise<void> {
  for await (const { event, data } of api.events(["alert", "punch", "clock"], signal)) {
    if (event === "alert") tellAlert(data as AlertView);
    else if (event === "punch") tellPunch(data as PunchView);
  }
}

function tellAlert({ at, finding }: AlertView): void {
  const subject = `${finding.hostname ?? finding.subject}${finding.simulated ? ` [${words.simulated}]` : ""}`;
  console.log(
    `${showTime(at)}  告警 ${words.severities[finding.severity]}  ${finding.title.zh}（${finding.article}）  ${subject}  ${finding.message.zh}`,
  );
}

function tellPunch(punch: PunchView): void {
  const clock = `${punch.clock}${punch.simulated ? ` [${words.simulated}]` : ""}`;
  const state = punch.state === "doubtful" ? `  ${words.doubtful}` : "";
  console.log(`${showTime(punch.readAt)}  打卡  ${punch.user}  ${punch.deviceTime.slice(11)}  ${clock}${state}`);
}
