/** Runs worked cases through the very engine of the service and reports every difference from what they expect. */
import { AppError } from "../../../protocol/errors.ts";
import { countYear, type OpeningBalance } from "../counters.ts";
import { judgeEligibility } from "../eligibility.ts";
import { judgeMeetings, judgeSafety, type WindowMeeting } from "../ledgers.ts";
import { evaluatePerson } from "../person.ts";
import { judgeScans } from "../scan.ts";
import { dateOfDay, type SiteTime, siteTime, yearOfDay } from "../site-time.ts";
import { day, toFacts, toSettings, toWorkdays } from "./case-facts.ts";
import { type AttendanceCase, type CaseFile, caseFile, type Expectation } from "./case-file.ts";

export interface Checkpoint {
  case: string;
  title: string;
  asOf: string | null;
  result: Record<string, unknown>;
  differences: { path: string; expected: unknown; computed: unknown }[];
}

/** Throws AppError `bad-case-file` with the place of the fault for a text that is not in the format. */
export function parseCaseFile(json: string): CaseFile {
  try {
    return caseFile.parse(JSON.parse(json));
  } catch (cause) {
    throw new AppError("bad-case-file", `not a file of worked cases: ${(cause as Error).message}`, { cause });
  }
}

export function replay(file: CaseFile, zone = "Asia/Shanghai"): Checkpoint[] {
  const time = siteTime(zone);
  return [
    ...file.cases.flatMap((one) => replayCase(one, file, time)),
    ...file.ledgerCases.map((one) => replayLedger(one, file)),
    ...file.scanCases.map((one) => replayScan(one, file, time)),
  ];
}

function replayCase(one: AttendanceCase, file: CaseFile, time: SiteTime): Checkpoint[] {
  const settings = toSettings(file.config, one.config);
  const workdays = toWorkdays(file.calendar, one.calendarOverrides);
  const facts = toFacts(one, file.systemStart);
  const systemStart = time.instant(day(file.systemStart), 0);
  return one.checkpoints.map(({ asOf, expect }) => {
    const context = { settings, time, workdays, asOf: Date.parse(asOf), systemStart };
    const { days, ...counts } = evaluatePerson(facts, one.days.map(day), context);
    const year = one.year ?? yearOfDay(days.at(-1)?.day ?? 0);
    const counters = countYear(days, year, one.openingBalance as OpeningBalance);
    const { disqualified, reasons } = judgeEligibility(counters, settings.thresholds);
    const shown = days.map(({ day, dayType, am, pm }) => [
      dateOfDay(day),
      { dayType, am: am.status, pm: pm.status, rules: [am.rule, pm.rule], articles: [am.article, pm.article] },
    ]);
    const result = { days: Object.fromEntries(shown), counters, disqualified, reasons, ...counts };
    return { ...describe(one), asOf, result, differences: compare(expect, result) };
  });
}

function replayLedger(one: CaseFile["ledgerCases"][number], file: CaseFile): Checkpoint {
  const settings = toSettings(file.config, one.config);
  const result =
    one.kind === "meeting_ledger"
      ? judgeMeetings(one.events as unknown as WindowMeeting[], settings)
      : judgeSafety(one.events as unknown as { confirmed: boolean }[], settings);
  return { ...describe(one), asOf: null, result, differences: compare(one.expect, result) };
}

function replayScan(one: CaseFile["scanCases"][number], file: CaseFile, time: SiteTime): Checkpoint {
  const settings = toSettings(file.config, one.config);
  const workdays = toWorkdays(file.calendar, undefined);
  const scans = one.completedScans.map((text) => Date.parse(text));
  const status = judgeScans(day(one.day), scans, Date.parse(one.asOf), { settings, time, workdays });
  return { ...describe(one), asOf: one.asOf, result: { status }, differences: compare(one.expect, { status }) };
}

function describe(one: { id: string; title?: string | undefined; title_zh?: string | undefined }) {
  return { case: one.id, title: one.title_zh ?? one.title ?? "" };
}

/** Only what the expectation names is compared; arrays as wholes. */
function compare(
  expected: Expectation | Record<string, unknown>,
  computed: object,
  path = "",
): Checkpoint["differences"] {
  return Object.entries(expected).flatMap(([key, value]) => {
    const place = path === "" ? key : `${path}.${key}`;
    const found = (computed as Record<string, unknown>)[key];
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return compare(value as Record<string, unknown>, Object(found), place);
    }
    if (JSON.stringify(value) === JSON.stringify(found)) return [];
    return [{ path: place, expected: value, computed: found ?? null }];
  });
}
