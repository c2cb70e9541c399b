/** "数据截至" as people read it: the moment, and the clocks that hold it back, by name. */
import { localOfInstant } from "../../../protocol/clock/local-time.ts";
import type { HeldBack } from "../completeness.ts";
import type { CompletenessView } from "../read-completeness.ts";

const CAUSES: Record<HeldBack, string> = {
  "clock-lost": "考勤机失联",
  "log-unread": "机内记录未读完",
  "reader-away": "读取程序离线",
  unheard: "没有消息",
};
/** Sheets are read in China. */
const ZONE = "Asia/Shanghai";

/** The line above a sheet; null: the sheet is as of `asOf`, RFC 3339. */
export function titleOfCompleteness(complete: CompletenessView | null, asOf?: string): string {
  if (complete === null) return `按 ${shown(asOf ?? null)} 当时所知`;
  const { completeTo, othersTo } = complete;
  const behind = heldBack(complete);
  if (behind.length === 0) return `数据截至 ${shown(completeTo)}`;
  const names = behind.map(({ clock }) => clock).join("、");
  const others = othersTo === null ? "" : `，其余考勤机截至 ${shown(othersTo)}`;
  return `数据截至 ${shown(completeTo)}（${names} 未到齐${others}）`;
}

/** A line for each clock that holds it back, with why and since when. */
export function linesOfCompleteness(complete: CompletenessView | null): string[] {
  return heldBack(complete).map(
    ({ clock, completeTo, cause, since }) =>
      `考勤机 ${clock}：数据只到 ${shown(completeTo)}（${CAUSES[cause]}，自 ${shown(since)}）`,
  );
}

function heldBack(complete: CompletenessView | null) {
  return (complete?.clocks ?? []).flatMap(({ clock, completeTo, heldBack: held }) =>
    held === null ? [] : [{ clock, completeTo, ...held }],
  );
}

function shown(instant: string | null): string {
  return instant === null ? "-" : localOfInstant(Date.parse(instant), ZONE).replace("T", " ");
}
