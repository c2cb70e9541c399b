import { expect, test } from "vitest";
import { parseNotice } from "../../../collector/calendar/notice.ts";
import { YEAR_2025 } from "../../../collector/calendar/years/2025.ts";
import { YEAR_2026 } from "../../../collector/calendar/years/2026.ts";

/** The dates of the notices as published, in their wording. */
const NOTICE_2025 = `经党中央、国务院批准，现将2025年元旦、春节等放假调休日期的具体安排通知如下。
一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。`;

const NOTICE_2026 = `国务院办公厅关于2026年部分节假日安排的通知
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。`;

test.each([
  [2025, NOTICE_2025, YEAR_2025],
  [2026, NOTICE_2026, YEAR_2026],
])("reads the notice of %i to the days of the published table", (year, text, table) => {
  expect(parseNotice(text)).toEqual({
    ok: true,
    value: { year, holidays: Object.keys(table.holidays).sort(), makeUpDays: Object.keys(table.workdays).sort() },
  });
});

test("refuses a weekday that is not that of the date", () => {
  const text = NOTICE_2026.replace("1月4日（周日）", "1月5日（周日）");
  expect(parseNotice(text)).toMatchObject({ ok: false, code: "bad-date" });
});

test.each([
  ["", "no-year"],
  ["关于2027年部分节假日安排的通知", "no-holidays"],
  ["2027年部分节假日：2月30日放假", "bad-date"],
  ["2027年部分节假日：5月9日至1日放假", "bad-date"],
])("refuses %j as %s", (text, code) => {
  expect(parseNotice(text)).toMatchObject({ ok: false, code });
});
