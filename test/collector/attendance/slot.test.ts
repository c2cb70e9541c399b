/** Which evidence decides a half-day slot of a working day, by which rule and clause, and from when on. */
import { describe, expect, test } from "vitest";
import {
  ABSENT,
  at,
  away,
  FINDING,
  judgeTuesday as judge,
  MEETING,
  RECORD,
  REFUSED,
  seconds,
  TUESDAY,
  VALID,
} from "./support/tuesday.ts";

describe("KQ 1(一): a punch", () => {
  const punched = (clock: string) => ({ article: "KQ 1(一)", evidence: ["punch"], at: at(clock) });
  const onTime = (clock: string) => ({ ...punched(clock), status: "normal", rule: "on-time" });
  const late = (clock: string) => ({ ...punched(clock), status: "late", rule: "off-time" });
  const early = (clock: string) => ({ ...punched(clock), status: "early", rule: "off-time" });

  test("up to 9:00:00 is an arrival in time, a second later it is late", () => {
    expect(judge("am", { punch: "09:00:00" })).toEqual(onTime("09:00:00"));
    expect(judge("am", { punch: "09:00:01" })).toEqual(late("09:00:01"));
  });

  test("from 17:00:00 on is a departure in time, a second before it is early", () => {
    expect(judge("pm", { punch: "17:00:00" })).toEqual(onTime("17:00:00"));
    expect(judge("pm", { punch: "16:59:59" })).toEqual(early("16:59:59"));
  });

  test("whose time an officer decided rests on that decision too", () => {
    const evidence = ["punch", "decision"];
    expect(judge("am", { punch: "08:50:00", decision: "decision" })).toEqual({ ...onTime("08:50:00"), evidence });
    expect(judge("pm", { punch: "16:00:00", decision: "decision", asOf: at("17:00:00") })).toMatchObject({
      status: "open",
      evidence,
    });
  });

  test("outside its window is taken and flagged", () => {
    expect(judge("am", { punch: "07:59:59" })).toEqual({ ...onTime("07:59:59"), outsideWindow: true });
    expect(judge("pm", { punch: "18:00:01" })).toEqual({ ...onTime("18:00:01"), outsideWindow: true });
  });

  test("too early for a departure stays open until 18:00 has passed: a later one may come", () => {
    const open = { ...punched("16:00:00"), status: "open", rule: "before-close" };
    expect(judge("pm", { punch: "16:00:00", asOf: at("18:00:00") })).toEqual(open);
    expect(judge("pm", { punch: "16:00:00", asOf: at("18:00:00") + 1 })).toEqual(early("16:00:00"));
    expect(judge("pm", { punch: "17:00:00", asOf: at("17:00:00") })).toEqual(onTime("17:00:00"));
    expect(judge("am", { punch: "09:00:01", asOf: at("09:00:01") })).toEqual(late("09:00:01"));
  });

  test("by the minute is late from 9:01:00 and early before 17:00:00", () => {
    const settings = { precision: "minute" } as const;
    expect(judge("am", { punch: "09:00:59", settings })).toEqual(onTime("09:00:59"));
    expect(judge("am", { punch: "09:01:00", settings })).toEqual(late("09:01:00"));
    expect(judge("pm", { punch: "17:00:00", settings })).toEqual(onTime("17:00:00"));
    expect(judge("pm", { punch: "16:59:59", settings })).toEqual(early("16:59:59"));
  });

  test("has so much grace as the house gives, at both ends", () => {
    const settings = { graceSeconds: 60 };
    expect(judge("am", { punch: "09:01:00", settings })).toEqual(onTime("09:01:00"));
    expect(judge("am", { punch: "09:01:01", settings })).toEqual(late("09:01:01"));
    expect(judge("pm", { punch: "16:59:00", settings })).toEqual(onTime("16:59:00"));
    expect(judge("pm", { punch: "16:58:59", settings })).toEqual(early("16:58:59"));
  });

  test("half an hour late, or early, is half a day 旷工 where the house says so of lateness, or of leaving early", () => {
    const absent = (clock: string) => ({ ...punched(clock), status: "absent", article: "KQ 6", rule: "too-short" });
    const lateness = { lateToAbsentMinutes: 30 };
    expect(judge("am", { punch: "09:29:59", settings: lateness })).toEqual(late("09:29:59"));
    expect(judge("am", { punch: "09:30:00", settings: lateness })).toEqual(absent("09:30:00"));
    expect(judge("pm", { punch: "16:00:00", settings: lateness })).toEqual(early("16:00:00"));
    const leaving = { earlyToAbsentMinutes: 30 };
    expect(judge("pm", { punch: "16:30:01", settings: leaving })).toEqual(early("16:30:01"));
    expect(judge("pm", { punch: "16:30:00", settings: leaving })).toEqual(absent("16:30:00"));
    expect(judge("am", { punch: "12:00:00", settings: leaving })).toEqual(late("12:00:00"));
  });
});

describe("KQ 2 to 4: an application that holds", () => {
  test("decides its half-days by its type and clause, whatever else is known of them", () => {
    const slot = { status: "annual", article: "KQ 4(一)", rule: "request", evidence: ["leave"] };
    const requests = [away(VALID, { toHalf: "am" })];
    const others = { meetings: [MEETING], findings: [FINDING], explanations: [RECORD], punch: "09:30:00" };
    expect(judge("am", { requests, ...others })).toEqual(slot);
    expect(judge("pm", { requests })).toEqual(ABSENT);
  });

  test("is the first of those that hold and cover the half-day", () => {
    const requests = [
      away(REFUSED, { id: "refused" }),
      away(VALID, { id: "tomorrow", fromDay: TUESDAY + 1, toDay: TUESDAY + 1 }),
      away(VALID, { id: "first", type: "official" }),
      away(VALID, { id: "second" }),
    ];
    expect(judge("am", { requests })).toMatchObject({ status: "official", evidence: ["first"] });
  });
});

describe("KQ 1(二): a meeting of the bureau", () => {
  const met = { status: "meeting", article: "KQ 1(二)", rule: "meeting", evidence: ["meeting"] };

  test("that covers 9:00, or 17:00, stands for the punch of those who signed in", () => {
    const meetings = [MEETING];
    expect(judge("am", { meetings })).toEqual(met);
    expect(judge("pm", { meetings })).toEqual(met);
  });

  test("covers what begins or ends on the very moment, and nothing beyond", () => {
    const held = (start: string, end: string) => [{ ...MEETING, start: at(start), end: at(end) }];
    expect(judge("am", { meetings: held("09:00:00", "11:00:00") })).toEqual(met);
    expect(judge("am", { meetings: held("09:00:01", "11:00:00") })).toEqual(ABSENT);
    expect(judge("am", { meetings: held("08:00:00", "09:00:00") })).toEqual(met);
    expect(judge("am", { meetings: held("08:00:00", "08:59:59") })).toEqual(ABSENT);
    expect(judge("pm", { meetings: held("17:00:00", "18:00:00") })).toEqual(met);
    expect(judge("pm", { meetings: held("14:00:00", "17:00:00") })).toEqual(met);
    expect(judge("pm", { meetings: held("14:00:00", "16:59:59") })).toEqual(ABSENT);
  });

  test("counts from the sign-in on, and only if the bureau held it", () => {
    expect(judge("am", { meetings: [MEETING], asOf: at("08:30:00") - 1 })).toMatchObject({ status: "open" });
    expect(judge("am", { meetings: [MEETING], asOf: at("08:30:00") })).toEqual(met);
    expect(judge("am", { meetings: [{ ...MEETING, signInAt: undefined }] })).toEqual(ABSENT);
    expect(judge("am", { meetings: [{ ...MEETING, organisedByBureau: false }] })).toEqual(ABSENT);
  });

  test("outweighs an inspection, a written record and a punch", () => {
    const others = { findings: [FINDING], explanations: [RECORD], punch: "09:30:00" };
    expect(judge("am", { meetings: [MEETING], ...others })).toEqual(met);
  });
});

describe("KQ 2 and 6: a post found empty", () => {
  const left = { status: "absent", article: "KQ 2, 6", rule: "left-post", evidence: ["finding"] };

  test("is 旷工 of its half-day once confirmed, though the person punched and wrote", () => {
    const findings = [FINDING];
    expect(judge("am", { findings, explanations: [RECORD], punch: "08:50:00" })).toEqual(left);
    expect(judge("am", { findings, punch: "08:50:00", asOf: at("18:00:00") })).toEqual(left);
    expect(judge("am", { findings, punch: "08:50:00", asOf: at("18:00:00") - 1 })).toMatchObject({ status: "normal" });
  });

  test("says nothing of another half-day, another day, or before anybody confirmed it", () => {
    for (const other of [{ half: "pm" as const }, { day: TUESDAY + 1 }, { confirmedAt: undefined }]) {
      expect(judge("am", { findings: [{ ...FINDING, ...other }], punch: "08:50:00" })).toMatchObject({
        status: "normal",
      });
    }
  });
});

describe("KQ 1(一): a written record of actual attendance", () => {
  const recorded = (clock: string) => ({ article: "KQ 1(一)", evidence: ["record"], at: at(clock) });

  test("is judged as a punch at the moment that it gives, and outweighs the punches", () => {
    const slot = { ...recorded("08:50:00"), status: "normal", rule: "on-time" };
    expect(judge("am", { explanations: [RECORD], punch: "09:30:00" })).toEqual(slot);
    const late = { ...RECORD, actualSeconds: seconds("09:12:00") };
    expect(judge("am", { explanations: [late] })).toEqual({
      ...recorded("09:12:00"),
      status: "late",
      rule: "off-time",
    });
  });

  test("of a lateness that is waived is normal", () => {
    const waived = { ...RECORD, actualSeconds: seconds("09:12:00"), waived: true };
    const slot = { ...recorded("09:12:00"), status: "normal", rule: "record-waived" };
    expect(judge("am", { explanations: [waived] })).toEqual(slot);
  });

  test("counts once 保障服务处 has confirmed it, never by the person's own hand", () => {
    const normal = { status: "normal" };
    expect(judge("am", { explanations: [RECORD], asOf: at("18:00:00") })).toMatchObject(normal);
    expect(judge("am", { explanations: [RECORD], asOf: at("18:00:00") - 1 })).toMatchObject({ status: "missing" });
    for (const flaw of [
      { result: "refused" as const },
      { result: "open" as const },
      { confirmedBy: undefined },
      { confirmedBy: "P1" },
      { confirmedAt: undefined },
    ]) {
      expect(judge("am", { explanations: [{ ...RECORD, ...flaw }] }), JSON.stringify(flaw)).toEqual({
        ...ABSENT,
        evidence: ["record"],
      });
    }
  });

  test("of another half-day or another day is no evidence of this one", () => {
    expect(judge("am", { explanations: [{ ...RECORD, half: "pm" }] })).toEqual(ABSENT);
    expect(judge("am", { explanations: [{ ...RECORD, day: TUESDAY - 1 }] })).toEqual(ABSENT);
  });

  test("confirmed twice counts as the later row says", () => {
    const later = { ...RECORD, id: "later", actualSeconds: seconds("09:12:00") };
    expect(judge("am", { explanations: [RECORD, later] })).toMatchObject({ status: "late", evidence: ["later"] });
    const unconfirmed = { ...later, result: "open" as const };
    expect(judge("am", { explanations: [RECORD, unconfirmed] })).toMatchObject({ evidence: ["record"] });
  });
});
