/** Punches and clocks. */
import { expect, test } from "vitest";
import { findFindings } from "../../../collector/console/queries/findings.ts";
import { HOUR_MS, punchOf, siteTime } from "./support/reports.ts";
import { Site } from "./support/site.ts";

const LINE = { device: 1, family: "tcb", port: "/dev/ttyUSB0" };

test("a punch read live and again from the log is one row, and told once", async () => {
  const site = await Site.open();
  await site.enrol("hall", "reader");
  await site.record("hall", "punch", punchOf("7", site.now));
  await site.record("hall", "punch", punchOf("7", site.now, { via: "log" }));
  await site.record("hall", "punch", punchOf("7", site.now, { via: "log", ordinal: 1 }));
  await site.projector.catchUp();
  await site.record("hall", "punch", punchOf("7", site.now, { via: "log" }));
  await site.projector.catchUp();
  const rows = await site.store.read.selectFrom("punch").select(["user", "ordinal", "via", "device_time"]).execute();
  expect(rows).toEqual([
    { user: "7", ordinal: 0, via: "live", device_time: "2026-11-23T08:00:00" },
    { user: "7", ordinal: 1, via: "log", device_time: "2026-11-23T08:00:00" },
  ]);
  const told = await site.store.read.selectFrom("change").select("type").where("type", "=", "punch").execute();
  expect(told).toHaveLength(2);
});

test("a punch that cannot be true is kept aside: by the reader's word, or 120 s ahead of its receipt", async () => {
  const site = await Site.open();
  await site.enrol("hall", "reader");
  const cases = [
    { user: "1", aheadMs: 120_000, doubt: undefined },
    { user: "2", aheadMs: 120_001, doubt: undefined },
    { user: "3", aheadMs: 0, doubt: "before-installation" as const },
  ];
  for (const { user, aheadMs, doubt } of cases) {
    const at = site.now + aheadMs;
    await site.record("hall", "punch", punchOf(user, at, { ...(doubt && { doubt }) }), { at });
  }
  await site.projector.catchUp();
  expect(await site.store.read.selectFrom("punch").select(["user", "state", "doubt"]).execute()).toEqual([
    { user: "1", state: "accepted", doubt: null },
    { user: "2", state: "doubtful", doubt: "future" },
    { user: "3", state: "doubtful", doubt: "before-installation" },
  ]);
});

test("a clock's row says what it last said, and when somebody last punched there", async () => {
  const site = await Site.open();
  await site.enrol("hall", "reader");
  const counts = { users: 5, fingerprints: 5, passwords: 0, cards: 0, records: 9, newRecords: 1 };
  await site.record("hall", "clock", { event: "online", clock: "hall-1", ...LINE, firmware: "1.0", counts });
  await site.pass(HOUR_MS);
  await site.record("hall", "clock", {
    event: "time-set",
    clock: "hall-1",
    ...LINE,
    offsetBeforeMs: 4_000,
    offsetAfterMs: 20,
  });
  await site.record("hall", "punch", punchOf("7", site.now));
  await site.pass(HOUR_MS);
  await site.record("hall", "clock", { event: "lost", clock: "hall-1", ...LINE, reason: "unplugged" });
  await site.projector.catchUp();
  const [row] = await site.store.read.selectFrom("clock").selectAll().execute();
  expect(row).toMatchObject({
    clock: "hall-1",
    state: "lost",
    state_at: siteTime("2026-11-23 10:00"),
    firmware: "1.0",
    offset_ms: 20,
    last_punch_at: siteTime("2026-11-23 09:00"),
  });
  // There for long enough to have been read, and lost some minutes before it was called so.
  const progress = {
    heardAt: siteTime("2026-11-23 09:00"),
    readTo: siteTime("2026-11-23 09:55"),
    behind: { since: siteTime("2026-11-23 08:00"), why: "reading" },
  };
  expect(JSON.parse(row?.detail ?? "{}")).toEqual({ event: "lost", counts, reason: "unplugged", progress });
});

test("a clock that is wrong is a finding with one alert, until it is measured to be right again", async () => {
  const site = await Site.open();
  await site.enrol("hall", "reader");
  const tell = async (event: string, offsets: object) => {
    await site.record("hall", "clock", { event, clock: "hall-1", ...LINE, ...offsets });
    await site.pass(HOUR_MS);
  };
  await tell("state", { offsetBeforeMs: 29_900 });
  expect(await site.findings("hall-1")).toEqual([]);
  await tell("state", { offsetBeforeMs: -70_200, reason: "clock-wrong" });
  await tell("time-refused", { offsetBeforeMs: -70_400, offsetAfterMs: -70_300 });
  expect(await site.findings()).toEqual(["hall-1: CLOCK-wrong open"]);
  await tell("time-set", { offsetBeforeMs: -95_000, offsetAfterMs: 12 });
  await tell("state", { offsetBeforeMs: 31_000, reason: "clock-wrong" });
  expect(await site.findings()).toEqual(["hall-1: CLOCK-wrong resolved", "hall-1: CLOCK-wrong open"]);
  const events = await site.store.read.selectFrom("finding_event").select("event").orderBy("id").execute();
  expect(events.map(({ event }) => event)).toEqual(["opened", "resolved", "opened"]);
  expect(await site.store.read.selectFrom("alert").selectAll().execute()).toHaveLength(2);
  const { items } = await findFindings({ store: site.store, zone: "Asia/Shanghai" }, { limit: 10, state: "open" });
  expect(site.projector.stats()).toMatchObject({ openFindings: 1 });
  expect(items[0]).toMatchObject({ subject: "hall-1", source: "hall", message: { zh: "考勤机快 31 秒。" } });
});
