/** Punches from which nothing was concluded, as footnotes: how many, and each with its clock, user id, time and reason. */
import type { Aside, AsidePunch, AsideReason } from "../aside.ts";

/** Footnotes of one sheet; what is more is in the interface. */
export const FOOTNOTES_MAX = 40;

const REASONS: Record<AsideReason, string> = {
  unmatched: "工号不在人员名册",
  future: "时间超前",
  "before-start": "早于系统启用",
  "before-installation": "早于考勤机安装",
  impossible: "时间不成立",
};

/** None when nothing was kept aside. */
export function linesOfAside({ unmatched, quarantined, punches }: Aside): string[] {
  const total = unmatched + quarantined;
  if (total === 0) return [];
  const shown = grouped(punches).slice(0, FOOTNOTES_MAX);
  const left = total - shown.flat().length;
  return [
    `另有打卡未计入 ${total} 次：工号无人 ${unmatched} 次，时间存疑 ${quarantined} 次`,
    ...shown.map(lineOf),
    ...(left > 0 ? [`  其余 ${left} 次未列`] : []),
  ];
}

/** Those of one user id on one clock for one reason are one line. */
function grouped(punches: readonly AsidePunch[]): AsidePunch[][] {
  const groups = new Map<string, AsidePunch[]>();
  for (const punch of punches) {
    const key = `${punch.clock}|${punch.user}|${punch.reason}`;
    const group = groups.get(key);
    if (group) group.push(punch);
    else groups.set(key, [punch]);
  }
  return [...groups.values()];
}

function lineOf(punches: readonly AsidePunch[]): string {
  const [{ clock, user, reason, person }] = punches as [AsidePunch];
  const times = punches.map(({ time }) => time.replace("T", " "));
  const whose = person === null ? "" : `（${person}）`;
  return `  考勤机 ${clock}  工号 ${user}${whose}  ${REASONS[reason]}：${times.join("、")}`;
}
