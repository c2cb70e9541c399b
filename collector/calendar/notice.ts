/** The text of a State Council notice on holidays (国务院办公厅关于部分节假日安排的通知) as days off and make-up days. */
import { dateOfDay, dayOfDate, weekdayOfDay } from "../attendance/site-time.ts";

export interface NoticeYear {
  year: number;
  /** All days off that the notice names, weekends within included, `YYYY-MM-DD`, ascending. */
  holidays: string[];
  /** 调休上班 days, ascending. */
  makeUpDays: string[];
}

export type NoticeResult =
  | { ok: true; value: NoticeYear }
  | { ok: false; code: "no-year" | "no-holidays" | "bad-date"; detail: string };

/** A notice is a page; more is no notice. */
export const NOTICE_CHARS_MAX = 20_000;
/** No holiday is longer. */
const HOLIDAY_DAYS_MAX = 15;
const WEEKDAYS = "日一二三四五六";
const DATE = /(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:[（(][^）)]*?(?:周|星期)([日天一二三四五六])[^）)]*[）)])?/g;

/** Reads each sentence that ends in 放假 or 上班; every weekday that the text names is compared with the date. */
export function parseNotice(text: string): NoticeResult {
  const plain = text.slice(0, NOTICE_CHARS_MAX).replace(/\s+/g, "");
  const year = Number(/(\d{4})年(?:部分|元旦|节假日)/.exec(plain)?.[1]);
  if (!year) return { ok: false, code: "no-year", detail: "没有找到“XXXX年部分节假日” / no year in the text" };
  const days = { off: new Set<string>(), work: new Set<string>() };
  try {
    for (const sentence of plain.split(/[。；;]/)) readSentence(sentence, year, days);
  } catch (error) {
    return { ok: false, code: "bad-date", detail: (error as Error).message };
  }
  if (days.off.size === 0)
    return { ok: false, code: "no-holidays", detail: "没有找到放假日期 / no days off in the text" };
  return { ok: true, value: { year, holidays: [...days.off].sort(), makeUpDays: [...days.work].sort() } };
}

function readSentence(sentence: string, year: number, days: { off: Set<string>; work: Set<string> }): void {
  if (/放假|休息/.test(sentence)) for (const date of readDates(sentence, year)) days.off.add(date);
  else if (sentence.includes("上班")) for (const date of readDates(sentence, year)) days.work.add(date);
}

/** Single dates and ranges (`至`); a date without a month has that of the date before it. Throws for what is no date. */
function readDates(sentence: string, noticeYear: number): string[] {
  let [year, month] = [noticeYear, 0];
  let before: { day: number; end: number } | undefined;
  const found: string[] = [];
  for (const match of sentence.matchAll(DATE)) {
    const [whole, ownYear, ownMonth, dayOfMonth, weekday] = match;
    year = ownYear === undefined ? year : Number(ownYear);
    month = ownMonth === undefined ? month : Number(ownMonth);
    const day = toDay(year, month, Number(dayOfMonth), whole);
    checkWeekday(day, weekday, whole);
    const isRange = before !== undefined && /^[至到—-]$/.test(sentence.slice(before.end, match.index));
    const first = isRange && before ? before.day : day;
    if (day < first || day - first >= HOLIDAY_DAYS_MAX) throw new Error(`不可能的日期范围 / no such range: ${whole}`);
    for (let each = first; each <= day; each++) found.push(dateOfDay(each));
    before = { day, end: match.index + whole.length };
  }
  return found;
}

function toDay(year: number, month: number, day: number, text: string): number {
  const pad = (value: number) => String(value).padStart(2, "0");
  const number = dayOfDate(`${year}-${pad(month)}-${pad(day)}`);
  if (number === undefined) throw new Error(`没有这一天 / no such date: ${text}`);
  return number;
}

function checkWeekday(day: number, weekday: string | undefined, text: string): void {
  if (weekday === undefined) return;
  const named = WEEKDAYS.indexOf(weekday === "天" ? "日" : weekday);
  if (named !== weekdayOfDay(day)) throw new Error(`星期不符 / the weekday is another: ${text}`);
}
