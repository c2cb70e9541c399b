/** A fingerprint clock within half a minute of the centre's: whoever is late by it is late by a minute that was not. Not a rule of PCs. */
import type { Rule } from "./rule.ts";

/** What findings are described by. */
export type DescribedRule = Pick<
  Rule,
  "code" | "article" | "version" | "severity" | "title" | "remediation" | "message"
>;

/** Clock minus reader from which on it is a finding. */
export const CLOCK_WRONG_MS = 30_000;
/** Measured offsets never repeat exactly: a change below this is none. */
export const SAME_OFFSET_MS = 10_000;

export const CLOCK_WRONG: DescribedRule = {
  code: "CLOCK-wrong",
  article: "KQ 1(一)",
  version: 1,
  severity: "violation",
  title: { zh: "考勤机时间不准", en: "fingerprint clock off" },
  remediation: {
    zh: "核对考勤机是否已自动校时；反复出现时更换机内电池。时间不可信的打卡用 dianmao quarantine 核定。",
    en: "See that the clock was set; change its battery when this comes again. Decide about punches of an impossible time with dianmao quarantine.",
  },
  message({ offsetSeconds }) {
    const seconds = Math.abs(Number(offsetSeconds));
    return Number(offsetSeconds) > 0
      ? { zh: `考勤机快 ${seconds} 秒。`, en: `The clock is ${seconds} s ahead.` }
      : { zh: `考勤机慢 ${seconds} 秒。`, en: `The clock is ${seconds} s behind.` };
  },
};
