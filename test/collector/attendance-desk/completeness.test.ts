import { describe, expect, test } from "vitest";
import {
  type ClockFacts,
  completenessOf,
  READER_LOSS_UNNOTICED_MS,
  type Watch,
} from "../../../collector/attendance-desk/completeness.ts";
import { HEARTBEAT_MS_MAX } from "../../../collector/projections/clock-progress.ts";
import { site } from "../../support/attendance-site.ts";

const NOW = site("2026-03-02 09:30:00");
const MORNING = site("2026-03-02 07:00:00");
const LAST_REPORT = site("2026-03-02 09:00:00");
const NOTICED = NOW - READER_LOSS_UNNOTICED_MS;

function clock(facts: Partial<ClockFacts> = {}): ClockFacts {
  return {
    clock: "C1",
    place: "1|COM1|1",
    state: "online",
    stateAt: MORNING,
    progress: { heardAt: LAST_REPORT, readTo: LAST_REPORT, behind: null },
    lastPunchAt: null,
    reader: { state: "online", changedAt: MORNING },
    ...facts,
  };
}

const watch = (more: Partial<Watch> = {}): Watch => ({ now: NOW, projectedTo: NOW, deaf: [], ...more });

function one(facts: Partial<ClockFacts>, more: Partial<Watch> = {}) {
  const [first] = completenessOf([clock(facts)], watch(more)).clocks;
  return [first?.completeTo, first?.heldBack];
}

describe("a clock's punches are complete", () => {
  test("to the last moment at which the loss of its reader would be known by now", () => {
    expect(one({})).toEqual([NOTICED, null]);
  });

  test("no further than what has been projected", () => {
    expect(one({}, { projectedTo: MORNING })).toEqual([MORNING, null]);
  });

  test("to what was read of it before it was lost", () => {
    const stateAt = site("2026-03-02 09:20:00");
    expect(one({ state: "lost", stateAt })).toEqual([LAST_REPORT, { cause: "clock-lost", since: stateAt }]);
  });

  test("to what was read before, while its log is being read", () => {
    const since = site("2026-03-02 09:25:00");
    expect(one({ progress: { heardAt: since, readTo: MORNING, behind: { since, why: "reading" } } })).toEqual([
      MORNING,
      { cause: "log-unread", since },
    ]);
  });

  test("to shortly before its reader was called lost", () => {
    const changedAt = site("2026-03-02 09:28:00");
    expect(one({ reader: { state: "lost", changedAt } })).toEqual([
      changedAt - READER_LOSS_UNNOTICED_MS,
      { cause: "reader-away", since: changedAt },
    ]);
  });

  test("to its last report, when its reader came back and has not spoken of it", () => {
    const changedAt = site("2026-03-02 09:20:00");
    expect(one({ reader: { state: "online", changedAt } })).toEqual([
      LAST_REPORT,
      { cause: "unheard", since: LAST_REPORT },
    ]);
  });

  test("to its last report, when no more came for longer than an hour, unless somebody punched there", () => {
    const heardAt = NOW - HEARTBEAT_MS_MAX - 1;
    const progress = { heardAt, readTo: heardAt, behind: null };
    expect(one({ progress, stateAt: heardAt, reader: { state: "online", changedAt: 0 } })).toEqual([
      heardAt,
      { cause: "unheard", since: heardAt },
    ]);
    expect(one({ progress, lastPunchAt: LAST_REPORT })).toEqual([NOTICED, null]);
  });

  test("to the beginning of an absence of the centre, until readers had time to be missed", () => {
    const deaf = [{ from: site("2026-03-02 09:10:00"), to: site("2026-03-02 09:29:00") }];
    expect(one({}, { deaf })).toEqual([site("2026-03-02 09:10:00"), null]);
  });

  test("to no moment, when nothing was ever read of it", () => {
    const progress = { heardAt: null, readTo: null, behind: null };
    expect(one({ progress, reader: undefined })).toEqual([null, { cause: "reader-away", since: MORNING }]);
  });
});

describe("of all clocks", () => {
  const broken = clock({ clock: "C2", place: "1|COM2|1", state: "lost" });

  test("it is the least; the one that holds it back is named, and does not hide how far the others are", () => {
    const { completeTo, othersTo, clocks } = completenessOf([clock(), broken], watch());
    expect([completeTo, othersTo]).toEqual([LAST_REPORT, NOTICED]);
    expect(clocks.filter(({ heldBack }) => heldBack).map((each) => each.clock)).toEqual(["C2"]);
  });

  test("one of which nothing is known leaves nothing known of all", () => {
    const silent = clock({
      clock: "C3",
      place: "3",
      progress: { heardAt: null, readTo: null, behind: null },
      state: "lost",
    });
    expect(completenessOf([clock(), silent], watch())).toMatchObject({ completeTo: null, othersTo: NOTICED });
  });

  test("one whose place another has taken holds nothing back any more", () => {
    const replaced = clock({ clock: "C0", state: "lost", progress: { heardAt: 1, readTo: 1, behind: null } });
    expect(completenessOf([replaced, clock()], watch()).clocks.map((each) => each.clock)).toEqual(["C1"]);
  });

  test("there is no such moment without clocks", () => {
    expect(completenessOf([], watch())).toEqual({ completeTo: null, othersTo: null, clocks: [] });
  });
});
