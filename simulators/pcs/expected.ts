/** What a centre should find on a population: by rule code and PC, and how soon, so that anyone can compare. */
import type { Irregularity, SimulatedPc } from "./pc.ts";

/** How soon a centre with its default settings can know. */
export const DUE = {
  "at-once": "with the first records of the PC",
  "on-event": "when it happens in the simulation",
  minutes: "within six minutes, after the rule's grace",
  "online-an-hour": "once the PC has been online for an hour",
  "silent-an-hour": "after an hour of working time without a sign of life",
  "judged-at-17": "at 17:00 of a working day on which the PC was on",
} as const;
export type Due = keyof typeof DUE;

export interface ExpectedFinding {
  rule: string;
  /** The source name asked for, and the name people know. */
  source: string;
  hostname: string;
  due: Due;
}

const RULES: Record<Irregularity, Pick<ExpectedFinding, "due" | "rule">> = {
  "ip-change": { due: "on-event", rule: "WG14-ip-change" },
  "ip-conflict": { due: "minutes", rule: "WG14-ip-conflict" },
  "definitions-old": { due: "online-an-hour", rule: "XC4-definitions-old" },
  "definitions-ageing": { due: "online-an-hour", rule: "XC4-definitions-ageing" },
  "no-antivirus": { due: "at-once", rule: "WG18-no-antivirus" },
  "protection-off": { due: "minutes", rule: "WG18-protection-off" },
  "scan-overdue": { due: "judged-at-17", rule: "WG18-scan-overdue" },
  "server-patches": { due: "online-an-hour", rule: "XC3-server-patches" },
  "desktop-baseline": { due: "at-once", rule: "XC3-desktop-baseline" },
  "unexpected-shutdown": { due: "at-once", rule: "SB315-unexpected-shutdown" },
  "clock-drift": { due: "minutes", rule: "TIME-drift" },
  silent: { due: "silent-an-hour", rule: "XC1-silent" },
  clone: { due: "on-event", rule: "ID-duplicate" },
};

/** The planted findings, and XC 1 for every PC: none of them is in the register until somebody approves it. */
export function expectedFindings(pcs: readonly SimulatedPc[]): ExpectedFinding[] {
  return pcs.flatMap((pc) => {
    const who = { source: pc.wanted, hostname: pc.hostname };
    const unregistered: ExpectedFinding = { rule: "XC1-unregistered", ...who, due: "at-once" };
    return pc.planted ? [unregistered, { ...RULES[pc.planted], ...who }] : [unregistered];
  });
}
