/** Punches from which nothing was concluded, as footnotes: how many, and each with its clock, user id, time and reason. */
import { ASIDE_SHOWN_MAX, type Aside, type AsideReason } from "../aside.ts";

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
  const more = total > punches.length ? [`（只列前 ${ASIDE_SHOWN_MAX} 次）`] : [];
  return [
    `另有打卡未计入 ${total} 次：工号无人 ${unmatched} 次，时间存疑 ${quarantined} 次`,
    ...punches.map(
      ({ clock, user, time, reason, person }) =>
        `  考勤机 ${clock}  工号 ${user}  ${time.replace("T", " ")}  ${REASONS[reason]}${person === null ? "" : `（${person}）`}`,
    ),
    ...more,
  ];
}
