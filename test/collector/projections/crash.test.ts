/** A centre that was killed, and a computer whose clock went back: the order of events stays what it was. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { startAlive } from "../../../collector/intake/alive.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { openTestStore, temporaryFolder } from "../../support/test-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { HOUR_MS } from "./support/reports.ts";
import { projectedRows, Site } from "./support/site.ts";

test("what was concluded just before the centre was killed stays concluded: it had lived that long", async () => {
  const site = await Site.open();
  const { store, clock } = site;
  const centre = { store, clock, log: SILENT_LOG, everyMs: 1e9, version: "0.1.0" };
  await startAlive(centre);
  const pc = await site.office("pc-1");
  await site.report("pc-1", { ...pc, protection: false });
  await site.pass(300_100);
  expect(await site.findings()).toEqual(["pc-1: WG18-protection-off open"]);

  await site.projector.stop();
  await clock.advance(3 * HOUR_MS);
  await startAlive(centre);
  const second = site.newProjector();
  await second.catchUp();
  const live = await projectedRows(store);
  expect(live.projection_state?.join()).toContain("deaf");
  await second.rebuild();
  expect(await projectedRows(store)).toEqual(live);
});

test("records are stamped after the deadlines that were handled, though the computer's clock went back meanwhile", async () => {
  const path = join(await temporaryFolder(), "compliance.db");
  const first = await openTestStore({ path, clock: new VirtualClock(9_000) });
  await first.write((tx) =>
    tx.insertInto("cursor").values({ name: "projections", record_id: 0, horizon: 10_000 }).execute(),
  );
  await first.close();
  const second = await openTestStore({ path, clock: new VirtualClock(5_000) });
  expect(await second.write(async () => second.stamp())).toBe(10_000);
});
