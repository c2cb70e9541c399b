/** A half-day slot of which nothing says that the person was there: open, 缺卡, and 旷工 at last (KQ 6). */
import { describe, expect, test } from "vitest";
import type { DeviceFault } from "../../../collector/attendance/facts.ts";
import {
  ABSENT,
  at,
  away,
  judgeTuesday as judge,
  missing,
  OVER,
  PENDING,
  RECORD,
  REFUSED,
  TUESDAY,
} from "./support/tuesday.ts";

describe("without any evidence a slot", () => {
  const open = (rule: string) => ({ status: "open", article: "KQ 1(一)", rule, evidence: [] });

  test("is open as long as a punch may be in time: the arrival to 9:00:00, the departure to 18:00:00", () => {
    expect(judge("am", { asOf: at("09:00:00") })).toEqual(open("before-late"));
    expect(judge("am", { asOf: at("09:00:00") + 1 })).toEqual(missing("explanation-due"));
    expect(judge("pm", { asOf: at("18:00:00") })).toEqual(open("before-close"));
    expect(judge("pm", { asOf: at("18:00:00") + 1 })).toEqual(missing("explanation-due"));
  });

  test("waits for the grace of the house and the end of the minute too", () => {
    const lenient = { graceSeconds: 120, precision: "minute" } as const;
    expect(judge("am", { settings: { graceSeconds: 120 }, asOf: at("09:02:00") })).toEqual(open("before-late"));
    expect(judge("am", { settings: { graceSeconds: 120 }, asOf: at("09:02:00") + 1 })).toMatchObject({
      status: "missing",
    });
    expect(judge("am", { settings: lenient, asOf: at("09:02:59") })).toEqual(open("before-late"));
    expect(judge("am", { settings: lenient, asOf: at("09:02:59") + 1 })).toMatchObject({ status: "missing" });
  });

  test("is 缺卡 for three working days, and 旷工 from the midnight after", () => {
    expect(judge("am", { asOf: OVER - 1 })).toEqual(missing("explanation-due"));
    expect(judge("am", { asOf: OVER })).toEqual(ABSENT);
  });

  test("is never 旷工 where the calendar of the deadline is not known", () => {
    const workdays = (day: number) => (day <= TUESDAY + 1 ? "workday" : undefined);
    expect(judge("am", { workdays, asOf: at("00:00:00", TUESDAY + 300) })).toEqual(missing("calendar-unknown"));
  });

  test("is never 旷工 while a sick leave waits for its certificate", () => {
    expect(judge("am", { requests: [away(PENDING)] })).toEqual(missing("certificate-due", "leave"));
    expect(judge("pm", { requests: [away(PENDING, { toHalf: "am" })] })).toEqual(ABSENT);
    expect(judge("am", { requests: [away(REFUSED)] })).toEqual({ ...ABSENT, evidence: ["leave"] });
  });

  test("names what covered it and did not hold: applications, then records", () => {
    const requests = [away(REFUSED), away(REFUSED, { id: "afternoon", fromHalf: "pm" })];
    const refused = { ...RECORD, result: "refused" as const };
    const explanations = [refused, { ...refused, id: "other-half", half: "pm" as const }];
    expect(judge("am", { requests, explanations })).toEqual({ ...ABSENT, evidence: ["leave", "record"] });
  });
});

describe("a broken clock", () => {
  const fault = (from: string, to: string): DeviceFault[] => [
    { id: "fault", device: "C1", from: at(from), to: at(to) },
  ];
  const broken = missing("clock-broken", "fault");

  test("within the window of the punch never makes 旷工", () => {
    expect(judge("am", { deviceFaults: fault("08:10:00", "08:20:00") })).toEqual(broken);
    expect(judge("pm", { deviceFaults: fault("17:10:00", "17:20:00") })).toEqual(broken);
  });

  test("protects when it touches the window, not before and not after", () => {
    expect(judge("am", { deviceFaults: fault("07:00:00", "08:00:00") })).toEqual(broken);
    expect(judge("am", { deviceFaults: fault("07:00:00", "07:59:59") })).toEqual(ABSENT);
    expect(judge("am", { deviceFaults: fault("09:00:00", "10:00:00") })).toEqual(broken);
    expect(judge("am", { deviceFaults: fault("09:00:01", "10:00:00") })).toEqual(ABSENT);
    expect(judge("pm", { deviceFaults: fault("08:00:00", "09:00:00") })).toEqual(ABSENT);
    expect(judge("pm", { deviceFaults: fault("16:00:00", "17:00:00") })).toEqual(broken);
    expect(judge("pm", { deviceFaults: fault("18:00:00", "19:00:00") })).toEqual(broken);
  });

  test("is what is named when a certificate is due as well, and says nothing against a punch", () => {
    const deviceFaults = fault("08:10:00", "08:20:00");
    expect(judge("am", { deviceFaults, requests: [away(PENDING)] })).toEqual(broken);
    expect(judge("am", { deviceFaults, punch: "09:30:00" })).toMatchObject({ status: "late" });
  });
});
