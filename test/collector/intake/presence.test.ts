import { sql } from "kysely";
import { expect, test } from "vitest";
import type { Store } from "../../../collector/store/port.ts";
import { AppError } from "../../../protocol/errors.ts";
import { storeWith } from "../../support/store-with.ts";
import { openTestStore } from "../../support/test-store.ts";
import { settle, VirtualClock } from "../../support/virtual-clock.ts";
import { openTestIntake } from "./open-test-intake.ts";

const S1 = "1111111111111111";
const S2 = "2222222222222222";
const settings = { flapMs: 90_000, returnWaitMs: 210_000 };

async function states(decisions: (kind: string) => Promise<unknown[]>): Promise<string[]> {
  return ((await decisions("presence")) as { state: string }[]).map(({ state }) => state);
}

test("presence is decided when it changes, not when it is said", async () => {
  const { status, decisions, hello } = await openTestIntake({ settings });
  await hello();
  await status("online", S1);
  await status("online", S1);
  await status("stopping", S1, { cause: "os-shutdown" });
  await status("lost", S1);
  expect(await decisions("presence")).toEqual([
    { source: "pc-1", state: "online", session: S1, address: "10.0.0.7", offsetMs: 0 },
    { source: "pc-1", state: "stopping", session: S1, cause: "os-shutdown", address: "10.0.0.7", offsetMs: 0 },
  ]);
});

test("lost is believed when it has stood for the length of a flap", async () => {
  const { status, clock, decisions } = await openTestIntake({ settings });
  await status("online", S1);
  await status("lost", S1);
  await clock.advance(89_999);
  expect(await states(decisions)).toEqual(["online"]);
  await clock.advance(1);
  await expect.poll(() => states(decisions)).toEqual(["online", "lost"]);
});

test("a reconnect within a flap leaves no trace", async () => {
  const { status, clock, decisions } = await openTestIntake({ settings });
  await status("online", S1);
  await status("lost", S1);
  await clock.advance(30_000);
  await status("online", S2);
  await clock.advance(600_000);
  expect(await states(decisions)).toEqual(["online"]);
});

test("the will of a session that was replaced is ignored", async () => {
  const { status, clock, decisions } = await openTestIntake({ settings });
  await status("online", S1);
  const began = new Date(clock.now()).toISOString();
  await clock.advance(60_000);
  await status("online", S2);
  await status("lost", S1, { at: began });
  await status("stopping", S1, { at: began });
  await clock.advance(600_000);
  expect(await states(decisions)).toEqual(["online"]);
});

test("the will of a later session that was never announced counts", async () => {
  const { status, clock, decisions } = await openTestIntake({ settings });
  await status("online", S1);
  await clock.advance(60_000);
  await status("lost", S2);
  await clock.advance(90_000);
  await expect.poll(() => states(decisions)).toEqual(["online", "lost"]);
});

test("a PC that comes back is online again", async () => {
  const { status, clock, decisions } = await openTestIntake({ settings });
  await status("online", S1);
  await status("stopping", S1);
  await clock.advance(60_000);
  await status("online", S2);
  expect(await states(decisions)).toEqual(["online", "stopping", "online"]);
});

test("who was there before a restart of the centre and does not come back is lost", async () => {
  const first = await openTestIntake({ settings });
  await first.status("online", S1);
  await first.intake.close();

  const second = await openTestIntake({ store: first.store, clock: first.clock, settings });
  await second.clock.advance(209_999);
  expect(await states(second.decisions)).toEqual(["online"]);
  await second.clock.advance(1);
  await expect.poll(() => states(second.decisions)).toEqual(["online", "lost"]);
});

test("a whole office that does not come back is lost, however many PCs it is", async () => {
  const clock = new VirtualClock();
  const store = await openTestStore({ clock });
  await leaveOnline(store, 10_000);
  const { decisions } = await openTestIntake({ store, clock, settings });
  await clock.advance(settings.returnWaitMs);
  const believed = () => store.read.selectFrom("presence").select("source_id").where("state", "=", "lost").execute();
  await expect.poll(async () => (await believed()).length, { timeout: 10_000, interval: 100 }).toBe(10_000);
  const told = (await decisions("presence")) as { source: string }[];
  expect(new Set(told.map(({ source }) => source))).toEqual(new Set(namesOf(10_000)));
  expect(told).toHaveLength(10_000);
});

const namesOf = (count: number) => Array.from({ length: count }, (_, index) => `office-${index}`);

/** PCs that an earlier centre believed online. */
async function leaveOnline(store: Store, count: number): Promise<void> {
  const names = JSON.stringify(namesOf(count));
  await store.write(async (tx) => {
    await sql`insert into source (name, site, kind, simulated, state, hostname, fingerprint, created_at)
      select value, 'hall', 'agent', 0, 'enrolled', value, '[]', 0 from json_each(${names})`.execute(tx);
    await sql`insert into presence (source_id, state, session, session_at, changed_at)
      select source.id, 'online', ${S1}, 0, 0 from json_each(${names}) cross join source on source.name = value`.execute(
      tx,
    );
  });
}

test("who comes back after a restart of the centre was never away", async () => {
  const first = await openTestIntake({ settings });
  await first.status("online", S1);
  await first.intake.close();

  const second = await openTestIntake({ store: first.store, clock: first.clock, settings });
  await second.clock.advance(100_000);
  await second.status("online", S2);
  await second.clock.advance(600_000);
  expect(await states(second.decisions)).toEqual(["online"]);
});

test("the centre notes since when it heard nothing", async () => {
  const first = await openTestIntake({ settings });
  const began = first.clock.now();
  expect(await first.decisions("centre.started")).toEqual([{ silentSince: null, version: "0.1.0" }]);
  await first.clock.advance(5_000);
  const alive = () => first.store.read.selectFrom("meta").select("value").where("key", "=", "alive").executeTakeFirst();
  await expect.poll(alive).toEqual({ value: String(began + 5_000) });

  // Killed: the first is never closed before the second starts.
  await first.clock.advance(3_000);
  const second = await openTestIntake({ store: first.store, clock: first.clock, settings });
  expect((await second.decisions("centre.started")).at(-1)).toEqual({ silentSince: began + 5_000, version: "0.1.0" });
});

test("presence that could not be written is written when the disk has room again", async () => {
  const clock = new VirtualClock();
  const store = await openTestStore({ clock });
  const trouble = { full: false };
  const troubled = storeWith(store, (write) =>
    trouble.full ? Promise.reject(new AppError("disk-full", "full")) : write(),
  );
  const { status, decisions } = await openTestIntake({ store: troubled, clock, settings });
  await status("online", S1);
  trouble.full = true;
  const stopping = status("stopping", S1);
  await clock.advance(3_000);
  expect(await states(decisions)).toEqual(["online"]);
  trouble.full = false;
  await clock.advance(1_000);
  await stopping;
  expect(await states(decisions)).toEqual(["online", "stopping"]);
});

test("what was said while the last change was being written is written before the centre stops", async () => {
  const clock = new VirtualClock();
  let held = Promise.resolve();
  const store = storeWith(await openTestStore({ clock }), (write) => held.then(write));
  const { hello, status, decisions, intake } = await openTestIntake({ store, clock, settings });
  await hello();
  let release: () => void = () => {};
  held = new Promise((resolve) => (release = resolve));
  const said = [status("online", S1), status("stopping", S1, { cause: "os-shutdown" })];
  await settle();
  const closing = intake.close();
  release();
  await Promise.all([...said, closing]);
  expect(await states(decisions)).toEqual(["online", "stopping"]);
});

test("a centre that stops while the disk is full does not wait for it", async () => {
  const clock = new VirtualClock();
  let isFull = false;
  const store = storeWith(await openTestStore({ clock }), (write) =>
    isFull ? Promise.reject(new AppError("disk-full", "full")) : write(),
  );
  const { hello, status, decisions, intake } = await openTestIntake({ store, clock, settings });
  await hello();
  isFull = true;
  const said = status("online", S1);
  await settle();
  await Promise.all([said, intake.close()]);
  expect(await states(decisions)).toEqual([]);
});
