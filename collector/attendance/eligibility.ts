/** Whether the year's award eligibility (评优评先资格) is kept, and how near its loss is (KQ 7). */
import type { Counters } from "./counters.ts";
import type { Thresholds } from "./settings.ts";

export type LossReason = "late_early" | "sick_personal" | "absent";

export interface Eligibility {
  disqualified: boolean;
  reasons: LossReason[];
  /** Not lost yet, but near. */
  warnings: LossReason[];
}

/** Warned so far below the limit: at 12 of 15 times, 13 of 15 days, 2.5 of 3 days. */
const WARN_BELOW = { lateEarly: 3, sickPersonal: 2, absent: 0.5 };

export const LOSS_ARTICLES: Record<LossReason, string> = {
  late_early: "KQ 7(一)",
  sick_personal: "KQ 7(二)",
  absent: "KQ 7(三)",
};

export function judgeEligibility(counters: Counters, thresholds: Thresholds): Eligibility {
  const rows: [LossReason, boolean, boolean][] = [
    [
      "late_early",
      counters.lateEarly >= thresholds.lateEarlyAtLeast,
      counters.lateEarly >= thresholds.lateEarlyAtLeast - WARN_BELOW.lateEarly,
    ],
    [
      "sick_personal",
      counters.sickPersonalDays > thresholds.sickPersonalMoreThan,
      counters.sickPersonalDays >= thresholds.sickPersonalMoreThan - WARN_BELOW.sickPersonal,
    ],
    [
      "absent",
      counters.absentDays > thresholds.absentMoreThan,
      counters.absentDays >= thresholds.absentMoreThan - WARN_BELOW.absent,
    ],
  ];
  const reasons = rows.filter(([, isLost]) => isLost).map(([reason]) => reason);
  const warnings = rows.filter(([, isLost, isNear]) => isNear && !isLost).map(([reason]) => reason);
  return { disqualified: reasons.length > 0, reasons, warnings };
}
