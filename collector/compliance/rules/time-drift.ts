/** A PC's clock within 30 seconds of the centre's: logs of machines that disagree about the time prove nothing (WG 16). */
import { isInService } from "../applicability.ts";
import { fail, pass, RULES_FROM, type Rule, unknown } from "../rule.ts";

/** Measured offsets never repeat exactly: a change below this is none. */
const SAME_SECONDS = 10;
const SAME_SHARE = 0.25;

export const TIME_DRIFT: Rule = {
  code: "TIME-drift",
  article: "WG 16",
  version: 1,
  from: RULES_FROM,
  severity: "warning",
  // One slow message is no wrong clock.
  graceSeconds: 120,
  title: { zh: "计算机时钟偏差过大", en: "PC clock off" },
  remediation: {
    zh: "将计算机设为与单位内网时间服务器自动同步，并立即校时。",
    en: "Let the PC follow the time server of the house, and set its clock now.",
  },
  appliesTo: isInService,
  check({ offsetMs }, { settings }) {
    if (offsetMs === null) return unknown("not-measured");
    const offsetSeconds = Math.round(offsetMs / 100) / 10;
    return Math.abs(offsetMs) > settings.driftSeconds * 1000 ? fail("clock-off", { offsetSeconds }) : pass();
  },
  message({ offsetSeconds }) {
    const seconds = Math.abs(Number(offsetSeconds));
    return Number(offsetSeconds) > 0
      ? { zh: `计算机时钟快 ${seconds} 秒。`, en: `The PC's clock is ${seconds} s ahead.` }
      : { zh: `计算机时钟慢 ${seconds} 秒。`, en: `The PC's clock is ${seconds} s behind.` };
  },
  isSame(before, after) {
    const [was, is] = [Number(before.offsetSeconds), Number(after.offsetSeconds)];
    return Math.abs(was - is) <= Math.max(SAME_SECONDS, SAME_SHARE * Math.abs(was));
  },
};
