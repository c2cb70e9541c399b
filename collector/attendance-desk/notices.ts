/** What officers must see to in time, as a sentence: it stands until it is done. */
import { type Calendar, missingYear } from "../calendar/calendar.ts";

/** What a notice is about; with the subject it is its key. */
export const NOTICE_CODES = ["calendar-missing"] as const;
export type NoticeCode = (typeof NOTICE_CODES)[number];

export interface Notice {
  code: NoticeCode;
  /** The year that is missing, `YYYY`. */
  subject: string;
  message: { zh: string; en: string };
}

/** The working days of this year, or from 1 December on of the next, that nobody has entered. `today`: `YYYY-MM-DD` at the site. */
export function calendarNotice(calendar: Calendar, today: string): Notice | undefined {
  const year = missingYear(calendar, today);
  return year === undefined ? undefined : describeNotice("calendar-missing", String(year));
}

export function describeNotice(code: NoticeCode, subject: string): Notice {
  return {
    code,
    subject,
    message: {
      zh: `${subject} 年的放假安排尚未录入，该年考勤一律记“历法未定”，不作认定。请用 dianmao calendar import 录入。`,
      en: `The working days of ${subject} are not entered: nothing of that year is final. Enter them by dianmao calendar import.`,
    },
  };
}
