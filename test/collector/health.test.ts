import { sql } from "kysely";
import { expect, test } from "vitest";
import { BEHIND_MS_MAX, createHealth } from "../../collector/health.ts";
import { addSource, openTestStore } from "../support/test-store.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const FINE = { store: { failing: 0 }, projector: { failing: 0, cursor: 0, rebuilding: 0 }, broker: { sessions: 3 } };

async function openHealth(given: Record<string, Record<string, number>> = {}) {
  const clock = new VirtualClock();
  const store = await openTestStore({ clock });
  const stats = structuredClone({ ...FINE, ...given });
  return { clock, store, stats, health: createHealth({ store, clock, stats: () => stats }) };
}

test.each([
  ["nothing", {}, []],
  ["a database that takes nothing", { store: { failing: 1 } }, ["commits-fail"]],
  ["projections that fail", { projector: { failing: 1, cursor: 0 } }, ["projections-fail"]],
  ["an external broker that is away", { broker: { connected: 0 } }, ["broker-away"]],
  ["an external broker that is there", { broker: { connected: 1 } }, []],
])("of %s it says so, to everybody who asks", async (_what, given, troubles) => {
  const { health } = await openHealth(given);
  expect([await health.troubles(), await health.troubles()]).toEqual([troubles, troubles]);
});

test("projections are behind once a committed record has waited for more than a minute, until it is applied", async () => {
  const { clock, store, stats, health } = await openHealth();
  await addSource(store, "pc-1");
  const body = { silentSince: null, version: "1.0.0" };
  const [record] = await store.appendDecisions([{ kind: "centre.started", body }]);
  await clock.advance(BEHIND_MS_MAX);
  expect(await health.troubles()).toEqual([]);
  await clock.advance(1);
  expect(await health.troubles()).toEqual(["projections-behind"]);
  stats.projector.rebuilding = 1;
  expect(await health.troubles()).toEqual([]);
  stats.projector.cursor = record as number;
  expect(await health.troubles()).toEqual([]);
});

test("a database that cannot even be read is a trouble, not a crash", async () => {
  const { health, store } = await openHealth();
  await store.write((tx) => sql`alter table record rename to lost`.execute(tx));
  expect(await health.troubles()).toEqual(["database-unreadable"]);
});
