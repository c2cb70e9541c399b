/** The runner: awake on each commit, at the deadlines, after failures; and what it tells. */
import { expect, test } from "vitest";
import type { NumberedChange } from "../../../collector/projections/runner.ts";
import { AppError } from "../../../protocol/errors.ts";
import { storeWith } from "../../support/store-with.ts";
import { punchOf } from "./support/reports.ts";
import { projectedRows, Site, settingsWith } from "./support/site.ts";

test("a started projector tells each commit's news, numbered without a gap in the order of the table", async () => {
  const site = await Site.open();
  await site.enrol("hall", "reader");
  const told: NumberedChange[] = [];
  site.projector.onChange((changes) => told.push(...changes));
  await site.projector.start();
  await site.record("hall", "punch", punchOf("7", site.now));
  await site.record("hall", "punch", punchOf("8", site.now));
  await expect.poll(() => told.filter(({ type }) => type === "punch").length).toBe(2);
  expect(told).toEqual(await site.store.read.selectFrom("change").selectAll().orderBy("id").execute());
  expect(told.map(({ id }) => id)).toEqual(told.map((_, index) => index + 1));
});

test("a started projector handles a deadline by its own timer", async () => {
  const site = await Site.open();
  const pc = await site.office("pc-1");
  await site.projector.start();
  await site.report("pc-1", { ...pc, protection: false });
  await expect.poll(() => site.verdict("pc-1", "WG18-protection-off")).toBe("fail: off");
  await site.clock.advance(300_100);
  await expect.poll(() => site.findings()).toEqual(["pc-1: WG18-protection-off open"]);
});

test("who decides can wait until his decision shows", async () => {
  const site = await Site.open();
  await site.enrol("pc-1");
  await site.projector.start();
  const grant = await site.grant("pc-1", "10.1.2.3");
  await site.projector.applied(grant);
  expect(await site.store.read.selectFrom("ip_grant").select("id").execute()).toEqual([{ id: grant }]);
});

test("nobody waits longer than two seconds for a projector that does not get on", async () => {
  const site = await Site.open();
  const waiting = site.projector.applied(1);
  await site.clock.advance(2_000);
  await waiting;
});

test("after a failed write it tries again, and nothing is lost or doubled", async () => {
  const site = await Site.open();
  await site.enrol("hall", "reader");
  let failuresLeft = 0;
  const store = storeWith(site.store, async (write) => {
    if (failuresLeft-- > 0) throw new AppError("disk-full", "no room");
    return await write();
  });
  const projector = site.newProjector({ store });
  await projector.start();
  failuresLeft = 3;
  await site.record("hall", "punch", punchOf("7", site.now));
  await expect.poll(() => projector.stats().failing).toBe(1);
  const users = async () => {
    await site.clock.advance(1_000);
    return await site.store.read.selectFrom("punch").select("user").execute();
  };
  await expect.poll(users).toEqual([{ user: "7" }]);
  expect(projector.stats()).toMatchObject({ failures: 3, failing: 0 });
  await projector.stop();
  const live = await projectedRows(site.store);
  await site.projector.rebuild();
  expect(await projectedRows(site.store)).toEqual(live);
});

test("a record that comes just before a deadline is handled goes first", async () => {
  const site = await Site.open();
  const pc = await site.office("pc-1");
  await site.report("pc-1", { ...pc, protection: false });
  await site.projector.catchUp();
  await site.projector.stop();
  let isLate = false;
  const store = storeWith(site.store, async (write) => {
    // Committed after the projector has found the log read to its end.
    if (isLate) {
      isLate = false;
      await site.report("pc-1", pc);
    }
    return await write();
  });
  const projector = site.newProjector({ store });
  await projector.catchUp();
  isLate = true;
  await site.clock.advance(300_000);
  await projector.catchUp();
  expect(await site.findings()).toEqual([]);
});

test("other rules, settings or working days have the findings computed anew, told to nobody", async () => {
  const site = await Site.open();
  await site.office("pc-1", { address: "10.1.2.3" });
  await site.record("pc-1", "gap", { reason: "journal-full" }, { offsetMs: 20_000 });
  await site.pass(300_000);
  await site.record("pc-1", "gap", { reason: "journal-full" }, { offsetMs: 20_000 });
  await site.projector.catchUp();
  expect(await site.findings()).toEqual([]);
  await site.projector.stop();
  const told = await site.store.read.selectFrom("change").selectAll().execute();
  await site.newProjector({ settings: settingsWith({ driftSeconds: 10 }) }).catchUp();
  expect(await site.findings()).toEqual(["pc-1: TIME-drift open"]);
  expect(await site.store.read.selectFrom("change").selectAll().execute()).toEqual(told);
});

test("a rebuild that was cut off goes on where it stopped", async () => {
  const site = await Site.open();
  await site.enrol("hall", "reader");
  for (let user = 0; user < 1_500; user += 1) await site.record("hall", "punch", punchOf(String(user), site.now));
  await site.projector.catchUp();
  const live = await projectedRows(site.store);
  const first = site.newProjector();
  await first.rebuild({ onProgress: () => void first.stop() });
  expect(await site.store.read.selectFrom("punch").select("id").execute()).not.toHaveLength(1_500);
  const second = site.newProjector();
  const news: NumberedChange[] = [];
  second.onChange((changes) => news.push(...changes));
  await second.catchUp();
  expect(await projectedRows(site.store)).toEqual(live);
  expect(news).toEqual([]);
});

test("a record that cannot be applied stops none of those behind it", async () => {
  const site = await Site.open();
  await site.enrol("hall", "reader");
  await site.record("hall", "punch", { not: "a punch" });
  await site.record("hall", "punch", punchOf("7", site.now));
  await site.projector.catchUp();
  expect(await site.store.read.selectFrom("punch").select("user").execute()).toEqual([{ user: "7" }]);
  expect(site.projector.stats()).toMatchObject({ skipped: 1 });
});
