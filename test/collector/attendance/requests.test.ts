import { expect, test } from "vitest";
import type { Request } from "../../../collector/attendance/facts.ts";
import { judgeRequest } from "../../../collector/attendance/requests.ts";
import { DEFAULT_SETTINGS } from "../../../collector/attendance/settings.ts";
import { dayOfDate, siteTime } from "../../../collector/attendance/site-time.ts";

const time = siteTime("Asia/Shanghai");
const day = (date: string) => dayOfDate(date) as number;
const at = time.instant(day("2026-03-09"), 15 * 3600);

function leave(toDate: string, roles: readonly ("window_head" | "home_unit")[]): Request {
  return {
    id: "r1",
    type: "personal",
    fromDay: day("2026-03-10"),
    fromHalf: "am",
    toDay: day(toDate),
    toHalf: "pm",
    appliedAt: at,
    approvals: roles.map((role) => ({ role, by: "H1", at, result: "approve" as const })),
  };
}

test("a leave whose end is mistyped by millennia needs the approvals of a long one and is not counted through", () => {
  let asked = 0;
  const context = {
    person: { id: "P1", kind: "window", from: day("2026-01-01") } as const,
    settings: DEFAULT_SETTINGS,
    time,
    workdays: () => {
      asked++;
      return "workday" as const;
    },
    asOf: at,
  };
  expect(judgeRequest(leave("9026-03-11", ["window_head"]), context)).toMatchObject({ reason: "not-approved" });
  expect(judgeRequest(leave("9026-03-11", ["window_head", "home_unit"]), context)).toMatchObject({ state: "valid" });
  expect(asked).toBeLessThan(10);
});
