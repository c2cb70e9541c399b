/**
 * What officers may change, key by key: with bounds, with the article that leaves it open, and what it is without a decision. A
 * change is a decision in the log (`setting.changed`), so that each verdict is judged by what had been decided by then.
 */
import * as z from "zod";
import { type AttendanceSettings, DEFAULT_SETTINGS } from "../attendance/settings.ts";
import { secondsOfTime } from "../attendance/site-time.ts";
import type { Text } from "../compliance/rule.ts";
import { RULES } from "../compliance/rules.ts";
import { type ComplianceSettings, DEFAULT_COMPLIANCE_SETTINGS } from "../compliance/settings.ts";

export const settingValue = z.union([z.number(), z.boolean(), z.string().max(64), z.null()]);
export type SettingValue = z.infer<typeof settingValue>;

/** What was decided, by key; a key that is absent stands at its initial value. */
export type SettingValues = Readonly<Record<string, SettingValue>>;

export interface Setting {
  key: string;
  title: Text;
  /** The article that leaves it open or asks for it. */
  article: string;
  /** As officers write it; empty for a time, a word, yes or no. */
  unit: string;
  /** What may be said, for people. */
  bounds: string;
  schema: z.ZodType<SettingValue>;
  initial: SettingValue;
}

type Values = Pick<Setting, "bounds" | "schema">;

/** Whole numbers; `none`: or nothing at all, said as null. */
function whole(min: number, max: number, { none = false } = {}): Values {
  const number = z.int().min(min).max(max);
  return none
    ? { bounds: `${min}~${max}, null`, schema: number.nullable() }
    : { bounds: `${min}~${max}`, schema: number };
}

const TIME: Values = { bounds: "HH:MM", schema: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/) };
const YES_NO: Values = { bounds: "true, false", schema: z.boolean() };
const PRECISION: Values = { bounds: "second, minute", schema: z.enum(["second", "minute"]) };

/** Field -> article, unit, title in Chinese and English, values. */
type Rows<Settings> = readonly (readonly [keyof Settings & string, string, string, string, string, Values])[];

const COMPLIANCE: Rows<ComplianceSettings> = [
  ["definitionsOldDays", "XC 4", "天", "病毒库超过几天为不合规", "virus definitions are too old after", whole(1, 30)],
  [
    "definitionsAgeingDays",
    "XC 4",
    "天",
    "病毒库超过几天先提醒",
    "virus definitions are warned of after",
    whole(1, 29),
  ],
  ["settleMinutes", "XC 4", "分钟", "开机后多久再判定", "a PC is judged so long after it came online", whole(0, 480)],
  ["scanJudgedAt", "WG 18", "", "每天几点判定杀毒", "scans are judged at", TIME],
  ["serverCheckDays", "XC 3", "天", "服务器几天内须检查更新", "servers look for updates within", whole(1, 31)],
  [
    "serverPendingDays",
    "XC 3",
    "天",
    "服务器安全更新几天内须安装",
    "servers install security updates within",
    whole(1, 31),
  ],
  [
    "desktopPendingDays",
    "XC 3",
    "天",
    "办公电脑安全更新几天内须安装",
    "desktops install security updates within",
    whole(1, 90),
  ],
  [
    "silentMinutes",
    "XC 1",
    "分钟",
    "上班时间失联多久为不合规",
    "working time after which a PC is silent",
    whole(5, 480),
  ],
  [
    "unseenWorkingDays",
    "XC 1",
    "工作日",
    "连续几个工作日未开机须核实",
    "working days unseen until it is asked after",
    whole(1, 60),
  ],
  ["driftSeconds", "WG 16", "秒", "电脑时钟允许偏差", "a PC's clock may be off by", whole(1, 3600)],
  ["shutdownShownDays", "SB 三(一)5", "天", "非正常关机显示几天", "an unexpected shutdown is shown for", whole(1, 60)],
  [
    "ledgerGraceHours",
    "WG 14",
    "小时",
    "新登记电脑几小时内须登记 IP",
    "a new PC's address is in the ledger within",
    whole(0, 720),
  ],
];

const ATTENDANCE: Rows<AttendanceTimes> = [
  ["arrivalFrom", "KQ 1(一)", "", "上班打卡自几点起", "arrivals are punched from", TIME],
  ["lateAfter", "KQ 1(一)", "", "几点后为迟到", "late after", TIME],
  ["splitTime", "KQ 1(一)", "", "几点前算上班卡、几点起算下班卡", "before it an arrival, from it on a departure", TIME],
  ["earlyBefore", "KQ 1(一)", "", "几点前离开为早退", "early before", TIME],
  ["departureUntil", "KQ 1(一)", "", "下班打卡到几点止", "departures are punched until", TIME],
  ["graceSeconds", "KQ 1(一)", "秒", "迟到、早退宽限", "grace for late and early", whole(0, 900)],
  ["precision", "KQ 1(一)", "", "按秒或按分钟判定", "compared by second or by minute", PRECISION],
  ["acceptOutsideWindow", "KQ 1(一)", "", "时段外打卡是否有效", "punches outside of their times count", YES_NO],
  [
    "lateToAbsentMinutes",
    "KQ 6",
    "分钟",
    "迟到多久算旷工半天",
    "lateness that is half a day absent",
    whole(1, 240, { none: true }),
  ],
  [
    "earlyToAbsentMinutes",
    "KQ 6",
    "分钟",
    "早退多久算旷工半天",
    "earliness that is half a day absent",
    whole(1, 240, { none: true }),
  ],
  [
    "explainDeadlineWorkdays",
    "KQ 6",
    "工作日",
    "缺卡说明和病假证明的期限",
    "working days to explain a missing punch",
    whole(1, 10),
  ],
  ["allowRetroactive", "KQ 2", "", "事后补办的申请是否有效", "applications made afterwards count", YES_NO],
];

/** 网络安全法 23(3): six calendar months are up to 184 days. */
export const RETENTION_DAYS_MIN = 184;
const RETENTION_KEY = "retention.days";

/** Times as officers say them; the two windows end and begin where lateness begins and earliness ends (KQ 1(一)). */
interface AttendanceTimes
  extends Pick<
    AttendanceSettings,
    | "graceSeconds"
    | "precision"
    | "acceptOutsideWindow"
    | "lateToAbsentMinutes"
    | "earlyToAbsentMinutes"
    | "explainDeadlineWorkdays"
    | "allowRetroactive"
  > {
  arrivalFrom: string;
  lateAfter: string;
  splitTime: string;
  earlyBefore: string;
  departureUntil: string;
}

const INITIAL_TIMES: AttendanceTimes = {
  ...DEFAULT_SETTINGS,
  arrivalFrom: timeOf(DEFAULT_SETTINGS.arrivalWindow[0]),
  lateAfter: timeOf(DEFAULT_SETTINGS.lateAfter),
  splitTime: timeOf(DEFAULT_SETTINGS.splitTime),
  earlyBefore: timeOf(DEFAULT_SETTINGS.earlyBefore),
  departureUntil: timeOf(DEFAULT_SETTINGS.departureWindow[1]),
};

export const SETTINGS: readonly Setting[] = [
  ...toSettings("compliance", COMPLIANCE, DEFAULT_COMPLIANCE_SETTINGS),
  ...RULES.map(({ code, article, title, graceSeconds }) => ({
    key: graceKey(code),
    title: {
      zh: `${title.zh}：宽限（不设时 ${graceSeconds} 秒）`,
      en: `${title.en}: grace (${graceSeconds} s without it)`,
    },
    article,
    unit: "秒",
    ...whole(0, 7 * 86_400, { none: true }),
    initial: null,
  })),
  ...toSettings("attendance", ATTENDANCE, INITIAL_TIMES),
  {
    key: RETENTION_KEY,
    title: { zh: "电脑上报记录保存天数", en: "records of PCs are kept for" },
    article: "网络安全法 23(3)",
    unit: "天",
    ...whole(RETENTION_DAYS_MIN, 3650),
    initial: 200,
  },
];

export function settingOf(key: string): Setting | undefined {
  return SETTINGS.find((setting) => setting.key === key);
}

/** How PCs are judged by what was decided; `base` holds what is not for officers to change. */
export function complianceSettings(base: ComplianceSettings, values: SettingValues): ComplianceSettings {
  const changed = COMPLIANCE.flatMap(([field]) => entryOf(values, `compliance.${field}`, field));
  const graces = RULES.flatMap(({ code }) => entryOf(values, graceKey(code), code)).filter(
    ([, grace]) => grace !== null,
  );
  const graceSeconds = { ...base.graceSeconds, ...Object.fromEntries(graces) } as Record<string, number>;
  return { ...base, ...Object.fromEntries(changed), graceSeconds };
}

/** How days of attendance are judged by what was decided. */
export function attendanceSettings(values: SettingValues): AttendanceSettings {
  const changed = ATTENDANCE.flatMap(([field]) => entryOf(values, `attendance.${field}`, field));
  const times: AttendanceTimes = { ...INITIAL_TIMES, ...Object.fromEntries(changed) };
  const { arrivalFrom, lateAfter, splitTime, earlyBefore, departureUntil, ...others } = times;
  const late = secondsOf(lateAfter);
  const early = secondsOf(earlyBefore);
  return {
    ...DEFAULT_SETTINGS,
    ...others,
    arrivalWindow: [secondsOf(arrivalFrom), late],
    lateAfter: late,
    splitTime: secondsOf(splitTime),
    earlyBefore: early,
    departureWindow: [early, secondsOf(departureUntil)],
  };
}

export function retentionDays(values: SettingValues): number {
  return Number(values[RETENTION_KEY] ?? settingOf(RETENTION_KEY)?.initial);
}

/** What cannot hold together, in words; undefined when all of it can. */
export function contradiction(values: SettingValues): string | undefined {
  const { definitionsAgeingDays, definitionsOldDays } = complianceSettings(DEFAULT_COMPLIANCE_SETTINGS, values);
  if (definitionsAgeingDays >= definitionsOldDays)
    return "the warning of old definitions would not come before the finding";
  const { arrivalWindow, splitTime, departureWindow, dayStart } = attendanceSettings(values);
  const times = [dayStart, ...arrivalWindow, splitTime, ...departureWindow];
  const isInOrder = times.every((time, index) => index === 0 || (times[index - 1] as number) <= time);
  return isInOrder ? undefined : "the times of the day must follow each other: arrival, late, split, early, departure";
}

function toSettings<Settings>(area: string, rows: Rows<Settings>, initial: Settings): Setting[] {
  return rows.map(([field, article, unit, zh, en, values]) => {
    const key = `${area}.${field}`;
    return { key, title: { zh, en }, article, unit, ...values, initial: initial[field] as SettingValue };
  });
}

function graceKey(code: string): string {
  return `compliance.grace.${code}`;
}

function entryOf(values: SettingValues, key: string, field: string): [string, SettingValue][] {
  return Object.hasOwn(values, key) ? [[field, values[key] as SettingValue]] : [];
}

function secondsOf(time: string): number {
  return secondsOfTime(`${time}:00`) as number;
}

function timeOf(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return [hours, minutes].map((part) => String(part).padStart(2, "0")).join(":");
}
