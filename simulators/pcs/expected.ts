/** What a centre should find on a population: by rule code, PC and when, so that anyone can compare. */
import type { Irregularity, SimulatedPc } from "./pc.ts";

export interface ExpectedFinding {
  rule: string;
  /** The source name asked for, and the name people know. */
  source: string;
  hostname: string;
  /** `at-once`: with the first posture. `on-event`: when it happens in the simulation. `after-grace`: once the rule's time is over. */
  when: "at-once" | "on-event" | "after-grace";
}

const RULES: Record<Irregularity, Pick<ExpectedFinding, "when" | "rule">> = {
  "ip-change": { when: "on-event", rule: "WG14-ip-change" },
  "ip-conflict": { when: "at-once", rule: "WG14-ip-conflict" },
  "definitions-old": { when: "at-once", rule: "XC4-definitions-old" },
  "definitions-ageing": { when: "at-once", rule: "XC4-definitions-ageing" },
  "no-antivirus": { when: "at-once", rule: "WG18-no-antivirus" },
  "protection-off": { when: "at-once", rule: "WG18-protection-off" },
  "scan-overdue": { when: "at-once", rule: "WG18-scan-overdue" },
  "server-patches": { when: "at-once", rule: "XC3-server-patches" },
  "desktop-baseline": { when: "at-once", rule: "XC3-desktop-baseline" },
  "unexpected-shutdown": { when: "at-once", rule: "SB315-unexpected-shutdown" },
  "clock-drift": { when: "at-once", rule: "TIME-drift" },
  silent: { when: "after-grace", rule: "XC1-silent" },
  clone: { when: "on-event", rule: "ID-duplicate" },
};

/** The planted findings, and XC1 for every PC: none of them is in the register until somebody approves it. */
export function expectedFindings(pcs: readonly SimulatedPc[]): ExpectedFinding[] {
  return pcs.flatMap((pc) => {
    const who = { source: pc.wanted, hostname: pc.hostname };
    const unregistered: ExpectedFinding = { rule: "XC1-unregistered", ...who, when: "at-once" };
    if (!pc.planted) return [unregistered];
    return [unregistered, { ...RULES[pc.planted], ...who }];
  });
}
