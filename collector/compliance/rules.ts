/** The rules of the house, in the order in which officers read them. A new rule is a file and a line here. */
import { CLOCK_WRONG, type DescribedRule } from "./clock-wrong.ts";
import type { Rule } from "./rule.ts";
import { DEFINITIONS_AGEING } from "./rules/definitions-ageing.ts";
import { DEFINITIONS_OLD } from "./rules/definitions-old.ts";
import { DESKTOP_BASELINE } from "./rules/desktop-baseline.ts";
import { DUPLICATE_IDENTITY } from "./rules/duplicate-identity.ts";
import { IP_CHANGE } from "./rules/ip-change.ts";
import { IP_CONFLICT } from "./rules/ip-conflict.ts";
import { NO_ANTIVIRUS } from "./rules/no-antivirus.ts";
import { PROTECTION_OFF } from "./rules/protection-off.ts";
import { SCAN_OVERDUE } from "./rules/scan-overdue.ts";
import { SERVER_PATCHES } from "./rules/server-patches.ts";
import { SILENT } from "./rules/silent.ts";
import { TIME_DRIFT } from "./rules/time-drift.ts";
import { UNEXPECTED_SHUTDOWN } from "./rules/unexpected-shutdown.ts";
import { UNREGISTERED } from "./rules/unregistered.ts";

export const RULES: readonly Rule[] = [
  UNREGISTERED,
  DUPLICATE_IDENTITY,
  SILENT,
  SERVER_PATCHES,
  DESKTOP_BASELINE,
  DEFINITIONS_OLD,
  DEFINITIONS_AGEING,
  IP_CHANGE,
  IP_CONFLICT,
  NO_ANTIVIRUS,
  PROTECTION_OFF,
  SCAN_OVERDUE,
  TIME_DRIFT,
  UNEXPECTED_SHUTDOWN,
];

/** Also of what is found about a clock, which no rule of PCs is. */
export function ruleOf(code: string): DescribedRule | undefined {
  return code === CLOCK_WRONG.code ? CLOCK_WRONG : RULES.find((rule) => rule.code === code);
}
