/** What is remembered is bounded: at each limit the oldest gives way. */
import { expect, test } from "vitest";
import { DEFAULT_COMPLIANCE_SETTINGS } from "../../../collector/compliance/settings.ts";
import { CHANGES_KEPT } from "../../../collector/projections/flush.ts";
import { newMachine, OVERLAYS_MAX, POWER_EVENTS_MAX } from "../../../collector/projections/machine-state.ts";
import { Outbox } from "../../../collector/projections/outbox.ts";
import { applyIpChange, applyPower } from "../../../collector/projections/posture.ts";
import { applyCentreStarted } from "../../../collector/projections/presence.ts";
import { APPLIED_WAIT_MS_MAX, APPLIED_WAITERS_MAX } from "../../../collector/projections/runner.ts";
import { DEAF_SPANS_MAX, emptyWorld } from "../../../collector/projections/world.ts";
import { LIST_LIMIT_MAX, listPcs } from "../../../collector/registry/lists.ts";
import { punchOf } from "./support/reports.ts";
import { Site } from "./support/site.ts";

test("power events: the latest stay, and the same one comes once", () => {
  const machine = newMachine(1, "pc-1", "pc-1", false, 0);
  const body = { event: "boot" as const, bootId: "b", source: "wtmp", evidence: [] };
  for (let at = 0; at <= POWER_EVENTS_MAX; at++) applyPower(machine, body, at, at);
  applyPower(machine, body, POWER_EVENTS_MAX, POWER_EVENTS_MAX + 1);
  expect(machine.power.map(({ at }) => at)).toEqual(Array.from({ length: POWER_EVENTS_MAX }, (_, index) => index + 1));
});

test("address changes that no posture has confirmed: one an adapter, the latest adapters", () => {
  const machine = newMachine(1, "pc-1", "pc-1", false, 0);
  for (let adapter = 0; adapter <= OVERLAYS_MAX; adapter++) {
    for (const at of [1, 2]) {
      const body = { adapter: `eth${adapter}`, from: [], to: [], heldSeconds: 10 };
      applyIpChange(machine, body, at, at, DEFAULT_COMPLIANCE_SETTINGS);
    }
  }
  const expected = Array.from({ length: OVERLAYS_MAX }, (_, index) => [`eth${index + 1}`, 2]);
  expect(machine.memory.overlays.map(({ adapter, at }) => [adapter, at])).toEqual(expected);
});

test("absences of the centre: the latest stay; one without length is none", () => {
  const world = emptyWorld();
  for (let start = 1; start <= DEAF_SPANS_MAX + 1; start++) {
    applyCentreStarted(world, { silentSince: start * 10, version: "0" }, start * 10 + 1, new Outbox());
    applyCentreStarted(world, { silentSince: start * 10 + 1, version: "0" }, start * 10 + 1, new Outbox());
  }
  expect(world.deaf).toHaveLength(DEAF_SPANS_MAX);
  expect(world.deaf[0]).toEqual({ from: 20, to: 21 });
});

test("changes: those beyond what readers may resume by go, the numbers go on", async () => {
  const site = await Site.open();
  await site.enrol("hall", "reader");
  await site.projector.catchUp();
  const before = [9_999, 10_000, 10_001, CHANGES_KEPT + 9_999].map((id) => ({
    id,
    at: 0,
    type: "punch" as const,
    key: "0",
  }));
  await site.store.write((tx) => tx.insertInto("change").values(before).execute());
  await site.record("hall", "punch", punchOf("7", site.now));
  await site.projector.catchUp();
  const rows = await site.store.read.selectFrom("change").select("id").orderBy("id").execute();
  expect(rows.map(({ id }) => id)).toEqual([10_001, CHANGES_KEPT + 9_999, CHANGES_KEPT + 10_000]);
});

test("waiters: one beyond the limit does not wait", async () => {
  const site = await Site.open();
  const waiting = Array.from({ length: APPLIED_WAITERS_MAX }, () => site.projector.applied(1));
  await site.projector.applied(1);
  expect(site.projector.stats()).toMatchObject({ waiting: APPLIED_WAITERS_MAX });
  await site.projector.stop();
  await Promise.all(waiting);
  await site.clock.advance(APPLIED_WAIT_MS_MAX);
});

test("a page of the register is at most so long, whatever is asked", async () => {
  const site = await Site.open();
  await site.enrol("pc-1");
  await site.projector.catchUp();
  expect(await listPcs(site.store, { limit: LIST_LIMIT_MAX + 1 })).toHaveLength(1);
  expect(await listPcs(site.store, { limit: 0 })).toHaveLength(1);
  expect(await listPcs(site.store, { after: 1_000_000 })).toEqual([]);
});
