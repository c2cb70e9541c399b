/** What the regulations leave open, with the defaults of the house. A change of any of it means a rebuild of the findings. */
import { WINDOWS_BASELINE } from "./windows-baseline.ts";

export interface ComplianceSettings {
  /** IANA zone of the site. */
  zone: string;
  /** Working hours, `HH:MM` of the site. */
  workStart: string;
  workEnd: string;
  /** XC 4: a PC is judged so long after it came online. */
  settleMinutes: number;
  /** An absence up to this long does not begin a new stretch of being online. */
  bridgeMinutes: number;
  definitionsOldDays: number;
  definitionsAgeingDays: number;
  /** WG 18: a scan today or on the working day before, judged at this time of the site. */
  scanJudgedAt: string;
  serverCheckDays: number;
  serverPendingDays: number;
  desktopPendingDays: number;
  /** Package lists older than this tell nothing about what is pending. */
  desktopListsDays: number;
  /** Build -> least UBR that counts as patched. */
  windowsBaseline: Readonly<Record<string, number>>;
  silentMinutes: number;
  unseenWorkingDays: number;
  driftSeconds: number;
  /** How long an unexpected shutdown stays on show. */
  shutdownShownDays: number;
  /** An approved PC may wait so long for its first line in the IP ledger. */
  ledgerGraceHours: number;
  /** Addresses of virtual adapters count too; otherwise only those that carry the primary address or a gateway. */
  judgeVirtualAdapters: boolean;
  /** A punch whose device time lies so far ahead of its receipt is kept aside. */
  punchAheadSeconds: number;
  /** Graces by rule code, in place of the rules' own. */
  graceSeconds: Readonly<Record<string, number>>;
  /** Codes of rules that are switched off. */
  disabled: readonly string[];
}

export const DEFAULT_COMPLIANCE_SETTINGS: ComplianceSettings = {
  zone: "Asia/Shanghai",
  workStart: "09:00",
  workEnd: "17:00",
  settleMinutes: 60,
  bridgeMinutes: 15,
  definitionsOldDays: 7,
  definitionsAgeingDays: 3,
  scanJudgedAt: "17:00",
  serverCheckDays: 7,
  serverPendingDays: 7,
  desktopPendingDays: 14,
  desktopListsDays: 14,
  windowsBaseline: WINDOWS_BASELINE,
  silentMinutes: 60,
  unseenWorkingDays: 7,
  driftSeconds: 30,
  shutdownShownDays: 7,
  ledgerGraceHours: 24,
  judgeVirtualAdapters: false,
  punchAheadSeconds: 120,
  graceSeconds: {},
  disabled: [],
};
