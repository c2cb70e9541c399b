/** KQ 2 to 5: when an application holds, and for which reason it does not. */
import { describe, expect, test } from "vitest";
import type { Approval, ApproverRole, DayType, Person, Request } from "../../../collector/attendance/facts.ts";
import { covers, judgeRequest, type RequestContext } from "../../../collector/attendance/requests.ts";
import { DEFAULT_SETTINGS } from "../../../collector/attendance/settings.ts";
import { dayOfDate, siteTime, weekdayOfDay } from "../../../collector/attendance/site-time.ts";

const time = siteTime("Asia/Shanghai");
const TUESDAY = dayOfDate("2026-03-10") as number;
const at = (clock: string, day = TUESDAY) => Date.parse(`1970-01-01T${clock}+08:00`) + day * 86_400_000;
const EVE = at("15:00:00", TUESDAY - 1);

/** Tuesday's morning and afternoon, asked for on Monday. */
function leave(type: Request["type"], roles: readonly ApproverRole[], more: Partial<Request> = {}): Request {
  const approvals = roles.map((role) => approval(role));
  const whole = { fromDay: TUESDAY, fromHalf: "am", toDay: TUESDAY, toHalf: "pm" } as const;
  return { id: "r1", type, ...whole, appliedAt: EVE, approvals, ...more };
}

function approval(role: ApproverRole, more: Partial<Approval> = {}): Approval {
  return { role, by: "H1", at: EVE, result: "approve", ...more };
}

const isWeekend = (day: number) => [0, 6].includes(weekdayOfDay(day));

function judge(request: Request, more: Partial<RequestContext> = {}, kind: Person["kind"] = "window") {
  return judgeRequest(request, {
    person: { id: "P1", kind, from: TUESDAY - 60 },
    settings: DEFAULT_SETTINGS,
    time,
    workdays: (day): DayType => (isWeekend(day) ? "restday" : "workday"),
    asOf: at("23:59:59"),
    ...more,
  });
}

const BOTH = ["window_head", "home_unit"] as const;
const RETROACTIVE = { settings: { ...DEFAULT_SETTINGS, allowRetroactive: true } };

describe("KQ 2: an application made before", () => {
  test("and approved by those who may holds, by its clause", () => {
    expect(judge(leave("personal", BOTH))).toEqual({ state: "valid", article: "KQ 2(二)" });
    expect(judge(leave("official", ["window_head"], { toHalf: "am" }))).toEqual({
      state: "valid",
      article: "KQ 2(一)",
    });
  });

  test("does not exist until it is made, to the millisecond", () => {
    const late = leave("personal", BOTH);
    const refused = { state: "invalid", article: "KQ 2(二)", reason: "not-yet-applied" };
    expect(judge(late, { asOf: EVE - 1 })).toEqual(refused);
    expect(judge(late, { asOf: EVE })).toMatchObject({ state: "valid" });
  });

  test("holds until it is cancelled", () => {
    const cancelled = leave("personal", BOTH, { cancelledAt: at("08:00:00") });
    expect(judge(cancelled, { asOf: at("08:00:00") - 1 })).toMatchObject({ state: "valid" });
    const refused = { state: "invalid", article: "KQ 2(二)", reason: "cancelled" };
    expect(judge(cancelled, { asOf: at("08:00:00") })).toEqual(refused);
  });

  test("is in time until the person is missed: 9:00:00 for a morning, 13:00:00 for an afternoon", () => {
    const refused = { state: "invalid", reason: "applied-late" };
    for (const [fromHalf, moment] of [
      ["am", at("09:00:00")],
      ["pm", at("13:00:00")],
    ] as const) {
      const approvals = BOTH.map((role) => approval(role, { at: moment }));
      expect(judge(leave("personal", [], { fromHalf, appliedAt: moment, approvals }))).toMatchObject({
        state: "valid",
      });
      expect(judge(leave("personal", [], { fromHalf, appliedAt: moment + 1, approvals }))).toMatchObject(refused);
    }
  });

  test("may come later where the house allows it", () => {
    const late = leave("personal", BOTH, { appliedAt: at("18:00:00") });
    expect(judge(late, RETROACTIVE)).toMatchObject({ state: "valid" });
  });
});

describe("KQ 2: an approval", () => {
  const refused = { state: "invalid", article: "KQ 2(二)", reason: "not-approved" };

  test("is needed of every role, and counts for its own role only", () => {
    expect(judge(leave("personal", []))).toEqual(refused);
    expect(judge(leave("personal", ["window_head"]))).toEqual(refused);
    expect(judge(leave("personal", ["home_unit"]))).toEqual(refused);
    expect(judge(leave("personal", ["window_head", "bureau_leader"]))).toEqual(refused);
  });

  test("is never one's own", () => {
    const approvals = [approval("window_head"), approval("home_unit", { by: "P1" })];
    expect(judge(leave("personal", [], { approvals }))).toEqual(refused);
  });

  test("does not exist until it is given, to the millisecond", () => {
    const approvals = [approval("window_head"), approval("home_unit", { at: at("10:00:00") })];
    const request = leave("personal", [], { approvals });
    expect(judge(request, { asOf: at("10:00:00") - 1 })).toEqual(refused);
    expect(judge(request, { asOf: at("10:00:00") })).toMatchObject({ state: "valid" });
  });

  test("of a role is its last word, whatever the order in which the words are read", () => {
    const yes = approval("window_head", { at: EVE + 2 });
    const no = approval("window_head", { at: EVE + 1, result: "reject" });
    const unit = approval("home_unit");
    expect(judge(leave("personal", [], { approvals: [no, yes, unit] }))).toMatchObject({ state: "valid" });
    expect(judge(leave("personal", [], { approvals: [yes, no, unit] }))).toMatchObject({ state: "valid" });
    const revoked = { ...no, at: EVE + 3 };
    expect(judge(leave("personal", [], { approvals: [revoked, yes, unit] }))).toEqual(refused);
    expect(judge(leave("personal", [], { approvals: [yes, revoked, unit] }))).toEqual(refused);
  });

  test("of two words at one moment is the one written later", () => {
    const yes = approval("window_head");
    const no = approval("window_head", { result: "reject" });
    expect(judge(leave("personal", [], { approvals: [yes, no, approval("home_unit")] }))).toEqual(refused);
    expect(judge(leave("personal", [], { approvals: [no, yes, approval("home_unit")] }))).toMatchObject({
      state: "valid",
    });
  });
});

describe("KQ 2(一) and (二): the length of an absence", () => {
  const isHalfDay = (more: Partial<Request>, context: Partial<RequestContext> = {}) =>
    judge(leave("personal", ["window_head"], more), context).state === "valid";
  const FRIDAY = TUESDAY + 3;
  const FROM_FRIDAY_AFTERNOON = { fromDay: FRIDAY, fromHalf: "pm" } as const;

  test("is counted in half-days: a morning or an afternoon is half a day, both are one", () => {
    expect(isHalfDay({ toHalf: "am" })).toBe(true);
    expect(isHalfDay({ fromHalf: "pm" })).toBe(true);
    expect(isHalfDay({})).toBe(false);
  });

  test("leaves days of rest out, and goes on behind them", () => {
    expect(isHalfDay({ ...FROM_FRIDAY_AFTERNOON, toDay: FRIDAY + 2 })).toBe(true);
    expect(isHalfDay({ ...FROM_FRIDAY_AFTERNOON, toDay: FRIDAY + 3, toHalf: "am" })).toBe(false);
  });

  test("takes days that no calendar knows as worked: more approvals, not fewer", () => {
    expect(isHalfDay({ ...FROM_FRIDAY_AFTERNOON, toDay: FRIDAY + 2 }, { workdays: () => undefined })).toBe(false);
  });

  test("mistyped by millennia asks for the approvals of a long one, and is not counted through", () => {
    let asked = 0;
    const workdays = () => {
      asked++;
      return "workday" as const;
    };
    const toDay = dayOfDate("9026-03-11") as number;
    expect(judge(leave("personal", ["window_head"], { toDay }), { workdays })).toMatchObject({
      reason: "not-approved",
    });
    expect(judge(leave("personal", BOTH, { toDay }), { workdays })).toMatchObject({ state: "valid" });
    expect(asked).toBe(2);
  });
});

describe("KQ 4: 公休 of window staff", () => {
  const refused = { state: "invalid", article: "KQ 4(一)", reason: "no-substitute" };

  test("begins to hold when the substitute is in place", () => {
    const request = leave("annual", BOTH, { substituteAt: at("08:30:00") });
    expect(judge(leave("annual", BOTH))).toEqual(refused);
    expect(judge(request, { asOf: at("08:30:00") - 1 })).toEqual(refused);
    expect(judge(request, { asOf: at("08:30:00") })).toEqual({ state: "valid", article: "KQ 4(一)" });
  });

  test("of the bureau's own asks for none", () => {
    const request = leave("annual", ["office_head", "bureau_leader"]);
    expect(judge(request, {}, "office")).toEqual({ state: "valid", article: "KQ 4(二)" });
  });
});

describe("KQ 3: sick leave", () => {
  // Three working days after Tuesday are over when Saturday begins.
  const OVER = at("00:00:00", TUESDAY + 4);
  const pending = { state: "pending", until: OVER, article: "KQ 3" };
  const missing = { state: "invalid", article: "KQ 3", reason: "no-certificate" };
  const valid = { state: "valid", article: "KQ 3" };
  const certified = (moment: number, hospitalQualified = true) =>
    leave("sick", [], { certificate: { at: moment, hospitalQualified } });

  test("waits for its certificate until three working days after its end, and may be applied for afterwards", () => {
    const afterwards = leave("sick", [], { appliedAt: at("20:00:00") });
    expect(judge(afterwards, { asOf: OVER - 1 })).toEqual(pending);
    expect(judge(afterwards, { asOf: OVER })).toEqual(missing);
  });

  test("holds from the moment at which the certificate is handed in", () => {
    const request = certified(at("10:00:00", TUESDAY + 1));
    expect(judge(request, { asOf: at("10:00:00", TUESDAY + 1) - 1 })).toEqual(pending);
    expect(judge(request, { asOf: at("10:00:00", TUESDAY + 1) })).toEqual(valid);
    expect(judge(request, { asOf: OVER + 1 })).toEqual(valid);
  });

  test("takes a certificate up to the last moment, and later where the house allows it", () => {
    expect(judge(certified(OVER - 1), { asOf: OVER })).toEqual(valid);
    expect(judge(certified(OVER), { asOf: OVER })).toEqual(missing);
    expect(judge(certified(OVER), { ...RETROACTIVE, asOf: OVER })).toEqual(valid);
  });

  test("with the certificate of another hospital waits for a better one, then fails for that reason", () => {
    const request = certified(at("10:00:00"), false);
    expect(judge(request, { asOf: OVER - 1 })).toEqual(pending);
    expect(judge(request, { asOf: OVER })).toEqual({ ...missing, reason: "certificate-not-qualified" });
  });

  test("whose deadline no calendar knows is never refused, and held by any certificate", () => {
    const unknown = { workdays: () => undefined, asOf: at("00:00:00", TUESDAY + 300) };
    expect(judge(leave("sick", []), unknown)).toEqual({ ...pending, until: undefined });
    expect(judge(certified(at("00:00:00", TUESDAY + 200)), unknown)).toEqual(valid);
  });

  test("that was cancelled is cancelled though certified", () => {
    const request = { ...certified(at("10:00:00")), cancelledAt: at("11:00:00") };
    expect(judge(request)).toEqual({ ...missing, reason: "cancelled" });
  });
});

test("an absence covers its half-days from the first to the last, and no other", () => {
  const request = leave("personal", [], { fromHalf: "pm", toDay: TUESDAY + 2, toHalf: "am" });
  const halves = [-1, 0, 1, 2, 3].flatMap((offset) =>
    (["am", "pm"] as const)
      .filter((half) => covers(request, TUESDAY + offset, half))
      .map((half) => `${offset} ${half}`),
  );
  expect(halves).toEqual(["0 pm", "1 am", "1 pm", "2 am"]);
});
