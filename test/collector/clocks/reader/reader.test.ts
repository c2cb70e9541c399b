/** What users of other clock readers complain about, and what this one does. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BACK_OFF_MS_MAX } from "../../../../collector/clocks/reader/back-off.ts";
import { WAIT_MS_MAX } from "../../../../collector/clocks/reader/quiet.ts";
import { type ClockReader, HELD_PUSHES_MAX } from "../../../../collector/clocks/reader/reader.ts";
import { encodeReply } from "../../../../protocol/clock/tcb/commands.ts";
import { encodeFrame } from "../../../../protocol/clock/tcb/frame.ts";
import { seededRandom } from "../../../../protocol/seeded-random.ts";
import { damaged, type Fault, heartbeatOf, lost } from "../support/clock-model.ts";
import { type Hall, makeHall, POLL_MS } from "../support/hall.ts";

let hall: Hall;
let running: ClockReader;

beforeEach(() => {
  hall = makeHall();
});

afterEach(async () => {
  await running.stop();
});

async function start(reader = hall.reader): Promise<void> {
  running = reader;
  reader.start();
  await hall.clock.advance(5_000);
}

/** The process dies and another begins. */
async function restart(): Promise<void> {
  await running.stop();
  await start(hall.restart());
}

const polls = (count: number) => hall.clock.advance(count * POLL_MS + 5_000);
const users = () => hall.sink.punches.map(({ user }) => Number(user));
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

function punchAll(from: number, to: number, push?: boolean): void {
  for (const user of range(from, to)) hall.model.punch(user, push === undefined ? {} : { push });
}

describe("a punch", () => {
  it("that is pushed is in the journal at once, with device time, offset, receive time and raw bytes", async () => {
    hall.model.offsetMs = 3_000;
    await start();
    hall.model.punch(38, { kind: 0x81 });
    await hall.clock.advance(0);
    expect(hall.sink.records.at(-1)).toEqual({
      kind: "punch",
      at: "2026-11-23T00:00:08.000Z",
      body: {
        clock: "SN-0001",
        device: 1,
        user: "38",
        deviceTime: "2026-11-23T08:00:08",
        offsetMs: expect.any(Number),
        readAt: "2026-11-23T00:00:05.000Z",
        verification: ["finger"],
        type: 1,
        doorOpened: true,
        workCode: 0,
        ordinal: 0,
        via: "live",
        raw: "000000002632955d880181000000",
      },
    });
    expect(hall.sink.punches[0]?.offsetMs).toBeGreaterThan(2_400);
    expect(hall.sink.punches[0]?.offsetMs).toBeLessThan(3_600);
  });

  it("from the log and pushed live has the same identity", async () => {
    await start();
    hall.model.punch(38);
    await polls(1);
    await running.stop();
    hall.store.saved.clear();
    await start(hall.restart());
    expect(hall.sink.punches.map(({ via }) => via)).toEqual(["live", "log"]);
    expect(hall.sink.distinct).toHaveLength(1);
  });
});

describe("complaint: pushes interleave with replies and then miss from the new download", () => {
  it("a push in the middle of a download is journalled first, and once", async () => {
    punchAll(1, 100, false);
    running = hall.reader;
    running.start();
    await hall.clock.advance(60);
    expect(hall.model.asked).toContain("page");
    hall.model.punch(500);
    await polls(2);
    expect([...users()].sort((a, b) => a - b)).toEqual([...range(1, 100), 500]);
    expect(hall.sink.punches.find(({ user }) => user === "500")?.via).toBe("live");
  });

  it("a push that a download has brought too does not stand in for one that was lost", async () => {
    // The last page has room for the push as well.
    punchAll(1, 990, false);
    running = hall.reader;
    running.start();
    await hall.clock.advance(60);
    hall.model.punch(2_000);
    await hall.clock.advance(5_000);
    hall.model.punch(2_001, { push: false });
    await polls(1);
    expect([...users()].sort((a, b) => a - b)).toEqual([...range(1, 990), 2_000, 2_001]);
  });

  it("a push that comes glued to the counts, and is not counted in them, does not stand in for one that was lost", async () => {
    await start();
    const { model } = hall;
    // Two alike: the second push says nothing, only the log tells that there are two.
    punchAll(1, 1);
    punchAll(1, 1);
    let people = range(11, 30);
    const glued: Fault = (reply, command) => {
      const [user, ...others] = people;
      if (command === "counts" && user !== undefined) {
        people = others;
        return Buffer.concat([reply, encodeReply("push", 1, model.punch(user, { push: false }))]);
      }
      return reply;
    };
    model.faults = Array.from({ length: 200 }, () => glued);
    await polls(30);
    expect(people).toEqual([]);
    expect([...users()].sort((a, b) => a - b)).toEqual([1, 1, ...range(11, 30)]);
  });

  it("a push that never gets into the clock's log does not stand in for one either", async () => {
    await start();
    hall.model.push({ user: 7, seconds: 1, verified: 1, kind: 0, workCode: 0 });
    await polls(1);
    hall.model.punch(8, { push: false });
    await polls(1);
    expect(users()).toEqual([7, 8]);
  });

  it("pushes that the clock then does not call new are accounted for by counting, without reading the log", async () => {
    punchAll(1, 10, false);
    await start();
    const asked = hall.model.asked.length;
    for (const user of range(11, 15)) {
      hall.model.punch(user);
      hall.model.marks[hall.model.marks.length - 1] = false;
    }
    await polls(1);
    expect(hall.model.asked.slice(asked)).not.toContain("page");
    expect(users()).toEqual(range(1, 15));
    expect(running.state().position).toBe(15);
  });

  it("a push that was lost on the line is found by counting and read from the log", async () => {
    await start();
    hall.model.punch(1);
    hall.model.punch(2, { push: false });
    hall.model.punch(3);
    await polls(1);
    expect(users()).toEqual([1, 3, 2]);
    expect(hall.sink.punches[2]).toMatchObject({ user: "2", via: "log" });
  });

  it("a lost push that the clock no longer calls new is found too", async () => {
    punchAll(1, 30, false);
    await start();
    await polls(1);
    hall.model.punch(31, { push: false });
    hall.model.marks[30] = false;
    await polls(1);
    expect(users()).toEqual(range(1, 31));
  });
});

describe("complaint: live capture dies and nothing resumes it", () => {
  it("an unplugged clock is found again, and what was punched meanwhile is read back", async () => {
    await start();
    hall.model.punch(1);
    hall.line.unplug();
    hall.model.punch(2);
    hall.model.punch(3);
    await hall.clock.advance(BACK_OFF_MS_MAX + 5_000);
    hall.model.punch(4);
    await hall.clock.advance(0);
    expect([...users()].sort()).toEqual([1, 2, 3, 4]);
    expect(hall.sink.events("lost")).toMatchObject([{ reason: "line-lost" }]);
    expect(hall.sink.events("online")).toHaveLength(2);
    expect(running.state().counters.reconnects).toBe(1);
  });

  it("a port that is not there is tried again and again, at most 15 s apart", async () => {
    hall.line.openFault = "line-absent";
    await start();
    await hall.clock.advance(10 * 60_000);
    expect(hall.line.opens).toBeGreaterThan(40);
    expect(running.state()).toMatchObject({ connected: false, trouble: "line-absent" });
    hall.line.openFault = undefined;
    await hall.clock.advance(BACK_OFF_MS_MAX + 5_000);
    expect(running.state()).toMatchObject({ connected: true, clock: "SN-0001" });
    expect(running.state().trouble).toBeUndefined();
  });

  it("a reader stopped while it opens its line asks nothing of the clock", async () => {
    const { open } = hall.line;
    let opened = () => {};
    hall.line.open = async () => {
      await new Promise<void>((resolve) => (opened = resolve));
      await open.call(hall.line);
    };
    await start();
    const stopped = running.stop();
    opened();
    await stopped;
    expect(hall.model.asked).toEqual([]);
    expect(hall.line.isOpen).toBe(false);
  });

  it("a clock that falls silent on a living line is noticed, and taken up again", async () => {
    await start();
    hall.model.power = false;
    await polls(3);
    expect(hall.sink.events("lost")).toMatchObject([{ reason: "clock-silent" }]);
    hall.model.power = true;
    await hall.clock.advance(60_000);
    expect(hall.sink.events("online")).toHaveLength(2);
  });

  it("a clock that does not answer the question how it pushes is asked again at the next poll", async () => {
    hall.model.settings.realTime = 0;
    let unanswered = 3;
    const loseSettings: Fault = (reply, name) =>
      name === "getSettings" && unanswered-- > 0 ? lost(reply, name) : reply;
    hall.model.faults = Array.from({ length: 50 }, () => loseSettings);
    await start();
    await polls(1);
    expect(hall.model.settings.realTime).toBe(1);
    expect(hall.sink.events("online")).toHaveLength(1);
  });

  it("the clock's heartbeats are answered", async () => {
    await start();
    for (let beat = 0; beat < 3; beat++) {
      hall.line.receive(heartbeatOf(1));
      await hall.clock.advance(5 * 60_000);
    }
    expect(hall.model.heartbeatAnswers).toBe(3);
  });

  it("pushes that come before the clock is identified are held, and those too many read from the log", async () => {
    const model = hall.model;
    hall.line.device = ((device) => (bytes: Uint8Array) => {
      if (model.log.length === 0) punchAll(1, HELD_PUSHES_MAX + 10);
      device(bytes);
    })(hall.line.device);
    await start();
    await polls(1);
    expect(hall.sink.distinct).toHaveLength(HELD_PUSHES_MAX + 10);
  });

  it("another clock on the same port has its own log and its own mark", async () => {
    punchAll(1, 5, false);
    await start();
    await polls(1);
    hall.line.unplug();
    hall.model.serial = "SN-0002";
    hall.model.clearLog();
    punchAll(11, 13, false);
    await polls(1);
    expect(hall.sink.punches.filter(({ clock }) => clock === "SN-0002").map(({ user }) => user)).toEqual([
      "11",
      "12",
      "13",
    ]);
    expect(hall.sink.of("gap")).toEqual([]);
  });
});

describe("complaint: truncated or varying downloads", () => {
  it("a partial read is never reported as success, and is made good at the next poll", async () => {
    punchAll(1, 60, false);
    hall.model.faults = [...Array(9).fill(keep), ...Array(4).fill(onlyEmptyPages)];
    await start();
    expect(hall.sink.events("log-read")).toEqual([]);
    expect(hall.sink.events("state").map(({ reason }) => reason)).toContain(
      "the log ended at 25, the clock counts 60 records",
    );
    expect(running.state().position).toBeUndefined();
    await polls(1);
    expect(hall.sink.distinct).toHaveLength(60);
    expect(hall.sink.events("log-read")).toHaveLength(1);
    expect(running.state()).toMatchObject({ position: 60 });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "replies lost and damaged at random lose and invent nothing (seed %i)",
    async (seed) => {
      const random = seededRandom(seed);
      punchAll(1, 230, false);
      hall.model.faults = Array.from({ length: 60 }, () => (random() < 0.2 ? lost : random() < 0.2 ? damaged : keep));
      await start();
      await hall.clock.advance(20 * 60_000);
      expect(users().filter((user, index, all) => all.indexOf(user) === index)).toEqual(range(1, 230));
      expect(running.state().position).toBe(230);
    },
  );
});

describe("complaint: absurd dates", () => {
  it.each([
    ["2000-01-02T00:03:11", "before-installation"],
    ["2088-06-01T12:00:00", "future"],
    ["2026-11-23T08:15:06", "future"],
    ["2026-11-23T08:09:00", undefined],
    ["2019-05-06T07:08:09", undefined],
  ])("a punch of %s is kept as it is, doubt: %s", async (at, doubt) => {
    await start();
    hall.model.punch(7, { at });
    await hall.clock.advance(0);
    expect(hall.sink.punches).toMatchObject([{ deviceTime: at, user: "7" }]);
    expect(hall.sink.punches[0]?.doubt).toBe(doubt);
    expect(running.state().counters.doubtful).toBe(doubt ? 1 : 0);
  });
});

describe("complaint: the clock is wrong after a power cut", () => {
  it("is set only when the log was read: what is in it is recorded with the error that the clock had", async () => {
    hall.model.offsetMs = -70_000;
    punchAll(1, 3, false);
    await start();
    expect(hall.sink.punches.map(({ offsetMs }) => Math.round((offsetMs ?? 0) / 1_000))).toEqual([-70, -70, -70]);
    expect(Math.abs(hall.model.offsetMs)).toBeLessThan(1_000);
    hall.model.punch(4);
    await polls(1);
    expect(Math.abs(hall.sink.punches.at(-1)?.offsetMs ?? Number.NaN)).toBeLessThan(2_000);
  });

  it("is measured at each poll, alarmed at 30 s, and set with read-back", async () => {
    hall.model.offsetMs = 40_000;
    await start();
    expect(hall.sink.events("state")[0]).toMatchObject({ reason: "clock-wrong" });
    const [set] = hall.sink.events("time-set");
    expect(set?.offsetBeforeMs).toBeGreaterThan(39_000);
    expect(Math.abs(set?.offsetAfterMs ?? 9e9)).toBeLessThan(1_000);
    expect(Math.abs(hall.model.offsetMs)).toBeLessThan(50);
    await polls(5);
    expect(hall.model.asked.filter((name) => name === "setTime")).toHaveLength(1);
  });

  it("a clock reset to 2000 is set at once when it says that it has started", async () => {
    await start();
    hall.model.offsetMs = Date.parse("2000-01-02T08:00:00Z") - Date.parse("2026-11-23T08:00:00Z");
    hall.line.receive(startNotice());
    await hall.clock.advance(2_000);
    expect(Math.abs(hall.model.offsetMs)).toBeLessThan(50);
    expect(hall.sink.events("reset")).toHaveLength(1);
    expect(hall.sink.events("time-set")).toHaveLength(1);
  });

  it("a clock that does not take its time is told of, and not asked again at each poll", async () => {
    hall.model.offsetMs = -90_000;
    hall.model.refusesTime = true;
    await start();
    await polls(10);
    expect(hall.sink.events("time-refused")).toMatchObject([{ reason: "clock-refused" }]);
    expect(hall.model.asked.filter((name) => name === "setTime")).toHaveLength(1);
  });

  it("small drift is left alone", async () => {
    hall.model.offsetMs = 4_000;
    await start();
    await polls(3);
    expect(hall.model.asked).not.toContain("setTime");
    expect(running.state().offsetMs).toBeGreaterThan(3_400);
  });

  it("is not set around midnight, its own or the site's", async () => {
    await start();
    // To 23:58:30 in Shanghai.
    await hall.clock.advance(15.975 * 3_600_000 - 5_000);
    hall.model.offsetMs = 20_000;
    await polls(1);
    expect(hall.model.asked).not.toContain("setTime");
    await polls(4);
    expect(hall.model.asked).toContain("setTime");
  });

  it("waits for a lull to correct what is no alarm", async () => {
    await start();
    hall.model.offsetMs = 8_000;
    for (let second = 0; second < 120; second++) {
      hall.model.punch(1_000 + second);
      await hall.clock.advance(1_000);
    }
    expect(hall.model.asked).not.toContain("setTime");
    await polls(2);
    expect(hall.model.asked).toContain("setTime");
  });
});

describe("complaint: duplicates", () => {
  it("a punch that the clock pushes six times is one punch", async () => {
    await start();
    const record = hall.model.punch(38);
    for (let again = 0; again < 5; again++) hall.model.push(record);
    await polls(1);
    expect(users()).toEqual([38]);
    expect(running.state().counters.duplicates).toBe(5);
  });

  it("two punches alike in the clock's log are two, told apart by their ordinal", async () => {
    hall.model.punch(38, { push: false });
    hall.model.punch(38, { push: false });
    await start();
    expect(hall.sink.punches.map(({ ordinal }) => ordinal)).toEqual([0, 1]);
  });

  it("also when one was pushed and read before the other", async () => {
    await start();
    hall.model.punch(38, { at: "2026-11-23T08:00:05" });
    await polls(1);
    hall.model.punch(38, { at: "2026-11-23T08:00:05" });
    await polls(1);
    expect(hall.sink.punches.map(({ ordinal }) => ordinal)).toEqual([0, 1]);
  });

  it("a restart tells nothing again that the watermark covers", async () => {
    punchAll(1, 40, false);
    await start();
    await polls(1);
    await restart();
    await polls(1);
    expect(users()).toEqual(range(1, 40));
  });
});

describe("complaint: new marks that do nothing", () => {
  beforeEach(() => {
    hall.model.marksMeanNothing = true;
  });

  it("each punch is read once all the same", async () => {
    punchAll(1, 60, false);
    await start();
    await polls(2);
    punchAll(61, 70, false);
    await polls(2);
    await restart();
    punchAll(71, 75, false);
    await polls(2);
    expect(users()).toEqual(range(1, 75));
  });

  it("is found out, and the clock is no longer asked to unmark", async () => {
    punchAll(1, 30, false);
    await start();
    await polls(5);
    expect(hall.model.unmarked).toHaveLength(1);
    expect(hall.store.saved.get("SN-0001")?.marksMeanNothing).toBe(true);
  });

  it("a clock set ahead loses no punches: the mark is a place, not a time", async () => {
    hall.model.punch(1, { push: false, at: "2027-06-01T08:00:00" });
    await start();
    hall.model.punch(2, { push: false, at: "2026-11-23T08:00:30" });
    await polls(1);
    expect(users()).toEqual([1, 2]);
  });
});

describe("complaint: log full, all-or-nothing clear", () => {
  it("unmarks exactly as many as the centre has committed, and only then", async () => {
    hall.sink.commits = false;
    punchAll(1, 51, false);
    await start();
    await polls(2);
    expect(hall.model.unmarked).toEqual([]);
    hall.sink.commitAll();
    hall.model.punch(52, { push: false });
    hall.model.punch(53, { push: false });
    await polls(2);
    expect(hall.model.unmarked).toEqual([51]);
    expect(hall.model.newRecords).toBe(2);
    expect(hall.model.log).toHaveLength(53);
  });

  it("an unmarking whose answer is lost is not repeated blindly", async () => {
    hall.sink.commits = false;
    punchAll(1, 20, false);
    await start();
    hall.sink.commitAll();
    hall.line.device = ((device) => (bytes: Uint8Array) => {
      if (bytes[5] === 0x4e) hall.model.faults = [lost];
      device(bytes);
    })(hall.line.device);
    await polls(4);
    expect(hall.model.unmarked).toEqual([20]);
    expect(hall.model.newRecords).toBe(0);
    expect(hall.sink.events("log-read")).toHaveLength(1);
    expect(users()).toEqual(range(1, 20));
  });

  it("never deletes records nor unmarks all", async () => {
    const clears: number[] = [];
    hall.line.device = ((device) => (bytes: Uint8Array) => {
      if (bytes[5] === 0x4e) clears.push(bytes[8] ?? -1);
      device(bytes);
    })(hall.line.device);
    punchAll(1, 100, false);
    await start();
    await polls(5);
    expect(clears).toEqual([2]);
  });

  it("a log nearly full is told at once", async () => {
    hall.model.capacity = 100;
    punchAll(1, 91, false);
    await start();
    await polls(3);
    expect(hall.sink.events("memory-low")).toHaveLength(1);
  });

  it("forecasts when the log will be full", async () => {
    hall.model.capacity = 1_000;
    punchAll(1, 100, false);
    await start();
    for (let hour = 0; hour < 48; hour++) {
      punchAll(1_000 + hour * 10, 1_009 + hour * 10);
      await hall.clock.advance(3_600_000);
    }
    const { fullAt } = hall.sink.events("state").at(-1) ?? {};
    // 10 an hour: the remaining 420 take 42 h more.
    expect(Date.parse(fullAt ?? "") - hall.clock.now()).toBeGreaterThan(38 * 3_600_000);
    expect(Date.parse(fullAt ?? "") - hall.clock.now()).toBeLessThan(48 * 3_600_000);
  });

  it("a log that somebody cleared is a gap, never silence", async () => {
    punchAll(1, 30, false);
    await start();
    await polls(1);
    hall.model.clearLog();
    punchAll(101, 103, false);
    await polls(1);
    expect(hall.sink.of("gap")).toEqual([{ reason: "clock-log-cleared", subject: "SN-0001" }]);
    expect(users()).toEqual([...range(1, 30), 101, 102, 103]);
  });

  it("also when it has been filled to the same number since", async () => {
    punchAll(1, 30, false);
    await start();
    await polls(2);
    hall.model.clearLog();
    punchAll(101, 130, false);
    await polls(1);
    expect(users()).toEqual([...range(1, 30), ...range(101, 130)]);
    expect(hall.sink.of("gap")).toHaveLength(1);
  });
});

describe("complaint: one bad record stops the queue", () => {
  it("what the journal does not take is left to the clock's log and read later", async () => {
    await start();
    hall.sink.fault = "journal-full";
    hall.model.punch(1);
    hall.model.punch(2);
    await polls(1);
    expect(running.state().counters.notKept).toBe(2);
    expect(users()).toEqual([]);
    hall.sink.fault = undefined;
    hall.model.punch(3);
    await polls(1);
    expect([...users()].sort()).toEqual([1, 2, 3]);
    expect(running.state()).toMatchObject({ position: 3, connected: true });
  });
});

describe("complaint: the tool disables the clock while reading", () => {
  it("sends no command but those that people at the clock do not notice", async () => {
    punchAll(1, 100, false);
    hall.model.offsetMs = 60_000;
    await start();
    await polls(3);
    const harmless = [
      "identify",
      "model",
      "serial",
      "capacity",
      "counts",
      "getSettings",
      "getTime",
      "setTime",
      "page",
      "clear",
    ];
    expect([...new Set(hall.model.asked)].sort()).toEqual([...harmless].sort());
  });

  it("reads no page while people are punching, but does not wait for ever", async () => {
    punchAll(1, 500, false);
    running = hall.reader;
    running.start();
    await hall.clock.advance(60);
    const pages = () => hall.model.asked.filter((name) => name === "page").length;
    const before = pages();
    for (let second = 0; second < 20; second++) {
      hall.model.punch(1_000 + second);
      await hall.clock.advance(1_000);
    }
    expect(pages() - before).toBeLessThanOrEqual(1);
    for (let second = 20; second < 20 + (2 * WAIT_MS_MAX) / 1_000; second++) {
      hall.model.punch(1_000 + second);
      await hall.clock.advance(1_000);
    }
    expect(pages() - before).toBeGreaterThanOrEqual(2);
  });

  it("unmarks nothing while people are punching", async () => {
    hall.sink.commits = false;
    punchAll(1, 20, false);
    await start();
    hall.sink.commitAll();
    hall.sink.commits = true;
    for (let second = 0; second < 150; second++) {
      hall.model.punch(1_000 + second);
      await hall.clock.advance(1_000);
    }
    expect(hall.model.unmarked).toEqual([]);
    await polls(2);
    expect(hall.model.newRecords).toBe(0);
  });

  it("turns pushing on where punches are to be live, and off on a shared line", async () => {
    hall.model.settings.realTime = 0;
    await start();
    expect(hall.model.settings.realTime).toBe(1);
    await running.stop();
    hall = makeHall({ live: false, pollMs: 10_000 });
    await start();
    expect(hall.model.settings.realTime).toBe(0);
    hall.model.punch(5);
    await hall.clock.advance(10_500);
    expect(hall.sink.punches).toMatchObject([{ user: "5", via: "log" }]);
  });
});

describe("the centre's database was restored from a copy", () => {
  it("the clock's log is told again when the journal no longer has everything", async () => {
    punchAll(1, 60, false);
    await start();
    await polls(2);
    const before = hall.sink.records.length;
    hall.sink.replay(40);
    await hall.clock.advance(5_000);
    const again = hall.sink.records
      .slice(before)
      .flatMap((record) => (record.kind === "punch" ? [record.body.user] : []));
    expect(again).toEqual(range(1, 60).map(String));
    expect(hall.sink.distinct).toHaveLength(60);
  });

  it("nothing is told again when the journal has it all", async () => {
    punchAll(1, 60, false);
    await start();
    hall.sink.replay(0);
    await polls(1);
    expect(users()).toHaveLength(60);
  });

  it("is told again also when the reader dies before it got there", async () => {
    punchAll(1, 60, false);
    await start();
    hall.line.openFault = "line-absent";
    hall.line.unplug();
    hall.sink.replay(40);
    await hall.clock.advance(1_000);
    hall.line.openFault = undefined;
    await restart();
    await polls(1);
    expect(users()).toEqual([...range(1, 60), ...range(1, 60)]);
  });
});

describe("the journal was lost", () => {
  it("the clock's log is told again, for nobody knows what had been delivered", async () => {
    punchAll(1, 30, false);
    await start();
    await polls(1);
    hall.sink.records.length = 0;
    await restart();
    await polls(1);
    expect(users()).toEqual(range(1, 30));
  });
});

describe("biometric data", () => {
  it("is never asked for, never relayed, and dropped if it comes", async () => {
    await start();
    const template = new Uint8Array(338).fill(0xbb);
    hall.line.receive(encodeFrame({ shape: "reply", device: 1, command: 0x44, status: 0, data: template }));
    hall.line.receive(encodeFrame({ shape: "reply", device: 1, command: 0x2c, status: 0, data: template }));
    hall.model.punch(1);
    await polls(2);
    hall.line.unplug();
    await polls(1);
    expect(JSON.stringify(hall.sink.records)).not.toContain("bbbbbb");
    expect(hall.sink.events("lost").at(-1)?.line?.droppedBiometric).toBe(2);
  });
});

function keep(reply: Uint8Array): Uint8Array {
  return reply;
}

function onlyEmptyPages(reply: Uint8Array, command: string): Uint8Array {
  return command === "page" ? encodeReply("page", 1, []) : reply;
}

function startNotice(): Uint8Array {
  return encodeReply("started", 1, new Uint8Array(16));
}

describe("an errand at a clock that is read", () => {
  it("comes right after a poll, when what was punched before is in the journal", async () => {
    await start();
    hall.model.punch(38, { push: false });
    const asked = running.lend(async ({ clock }) => [clock, users()]);
    await hall.clock.advance(5_000);
    expect(await asked).toEqual(["SN-0001", [38]]);
  });

  it("can have the log read once more, and is told when that fails", async () => {
    await start();
    const asked = running.lend(async ({ readLog }) => {
      hall.model.punch(39, { push: false });
      await readLog();
      return users();
    });
    await hall.clock.advance(5_000);
    expect(await asked).toEqual([39]);
    const failing = running.lend(({ readLog }) => {
      hall.line.unplug();
      return readLog();
    });
    const outcome = expect(failing).rejects.toMatchObject({ code: "line-lost" });
    await hall.clock.advance(5_000);
    await outcome;
  });

  it("is refused while the clock is away", async () => {
    await start();
    hall.line.openFault = "line-missing";
    hall.line.unplug();
    await hall.clock.advance(10);
    await expect(running.lend(async () => {})).rejects.toMatchObject({ code: "clock-lost" });
  });
});
