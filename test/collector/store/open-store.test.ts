import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../../collector/store/open-store.ts";
import { openSqlite3Driver } from "../../../collector/store/sqlite3-driver.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { addSource, openTestStore, temporaryFolder } from "../../support/test-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

test("a second opening is refused and says which process runs", async () => {
  const path = join(await temporaryFolder(), "compliance.db");
  const store = await openTestStore({ path });
  await expect(openTestStore({ path })).rejects.toMatchObject({
    code: "already-running",
    message: expect.stringContaining(`process ${process.pid}`),
  });
  await store.close();
  await (await openTestStore({ path })).close();
});

test("the lock goes with a process that is killed", async () => {
  const path = join(await temporaryFolder(), "compliance.db");
  const holder = spawn(process.execPath, ["-e", HOLD_LOCK, `${path}.lock`], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  await expect(openTestStore({ path })).rejects.toMatchObject({ code: "already-running" });
  holder.kill("SIGKILL");
  await once(holder, "exit");
  await openTestStore({ path });
});

/** What `lockStore` does, in a process that can be killed. */
const HOLD_LOCK = `
const sqlite3 = require("sqlite3");
const database = new sqlite3.Database(process.argv[1]);
database.exec("begin exclusive", (error) => console.log(error ?? "held"));
setInterval(() => {}, 1000);`;

test("a file that is no database is refused, and the lock is given back", async () => {
  const path = join(await temporaryFolder(), "compliance.db");
  await writeFile(path, "a letter to the office, certainly not a database, long enough to be looked at. ".repeat(20));
  await expect(openTestStore({ path })).rejects.toMatchObject({ code: "database-damaged" });
  await expect(openTestStore({ path })).rejects.toMatchObject({ code: "database-damaged" });
});

test("a lock that another program holds is reported, and passes", async () => {
  const path = join(await temporaryFolder(), "compliance.db");
  const store = await openTestStore({ path, busyTimeoutMs: 20 });
  const shell = await openSqlite3Driver({ path, mode: "write", busyTimeoutMs: 0 });
  onTestFinished(() => shell.close());
  await shell.exec("begin immediate");
  await expect(addSource(store, "pc-1")).rejects.toMatchObject({ code: "database-locked" });
  await shell.exec("rollback");
  await addSource(store, "pc-1");
});

test("what a write throws undoes all of it", async () => {
  const store = await openTestStore();
  const failing = store.write(async (tx) => {
    await tx.insertInto("meta").values({ key: "site", value: "hall" }).execute();
    throw new Error("changed my mind");
  });
  await expect(failing).rejects.toThrow("changed my mind");
  expect(await store.read.selectFrom("meta").select("key").execute()).toEqual([{ key: "incarnation" }]);
});

test("readers cannot write, and see what is committed", async () => {
  const store = await openTestStore();
  const writing = store.read.insertInto("meta").values({ key: "site", value: "hall" }).execute();
  await expect(writing).rejects.toMatchObject({ code: "database-read-only" });
  const seenInside = await store.write(async (tx) => {
    await tx.insertInto("meta").values({ key: "site", value: "hall" }).execute();
    return await store.read.selectFrom("meta").selectAll().where("key", "=", "site").execute();
  });
  expect(seenInside).toEqual([]);
  expect(await store.read.selectFrom("meta").selectAll().where("key", "=", "site").execute()).toHaveLength(1);
});

test("commits are synced in full, in the write-ahead log, with foreign keys held", async () => {
  const path = join(await temporaryFolder(), "compliance.db");
  const pragmas: string[] = [];
  const store = await openStore({
    path,
    clock: new VirtualClock(),
    log: SILENT_LOG,
    driver: async (options) => {
      const driver = await openSqlite3Driver(options);
      if (options.mode === "read" || options.path !== path) return driver;
      return {
        ...driver,
        exec: (sql) => driver.exec(sql),
        query: (sql, parameters) => driver.query(sql, parameters),
        async close() {
          for (const pragma of ["journal_mode", "synchronous", "foreign_keys"]) {
            const { rows } = await driver.query(`pragma ${pragma}`);
            pragmas.push(`${pragma} ${rows[0]?.[pragma]}`);
          }
          await driver.close();
        },
      };
    },
  });
  await store.close();
  // The writer is closed last.
  expect(pragmas.slice(-3)).toEqual(["journal_mode wal", "synchronous 2", "foreign_keys 1"]);
});

test("decisions are records of the centre, in order, announced after their commit", async () => {
  const clock = new VirtualClock(7_000);
  const store = await openTestStore({ clock });
  let announced = 0;
  const cancel = store.onCommitted(() => announced++);
  const body = { source: "pc-1", by: "cli:root", reason: "lost" };
  expect(await store.appendDecisions([{ kind: "source.revoked", body }])).toEqual([1]);
  await store.write(async (tx) => {
    const ids = await store.appendDecisions(
      [
        { kind: "source.revoked", body: { ...body, source: "pc-2" } },
        { kind: "ip.revoked", body: { grant: 1, by: "cli:root" } },
      ],
      tx,
    );
    expect(ids).toEqual([2, 3]);
    expect(announced).toBe(1);
  });
  expect(announced).toBe(2);
  await store.write(async () => {});
  cancel();
  await store.appendDecisions([{ kind: "source.revoked", body }]);
  expect(announced).toBe(2);

  const rows = await store.read
    .selectFrom("record")
    .select(["seq", "kind", "at", "committed_at"])
    .orderBy("id")
    .execute();
  expect(rows).toEqual([
    { seq: 1, kind: "source.revoked", at: 7_000, committed_at: 7_000 },
    { seq: 2, kind: "source.revoked", at: 7_000, committed_at: 7_000 },
    { seq: 3, kind: "ip.revoked", at: 7_000, committed_at: 7_000 },
    { seq: 4, kind: "source.revoked", at: 7_000, committed_at: 7_000 },
  ]);
});

test("thousands of decisions at once are records in their order", async () => {
  const store = await openTestStore();
  const grants = Array.from({ length: 2_500 }, (_, index) => index + 1);
  const decisions = grants.map((grant) => ({ kind: "ip.revoked" as const, body: { grant, by: "cli:root" } }));
  expect(await store.appendDecisions(decisions)).toEqual(grants);
  const rows = await store.read.selectFrom("record").select(["id", "seq", "body"]).orderBy("id").execute();
  expect(rows.map(({ id, seq, body }) => [id, seq, JSON.parse(body).grant])).toEqual(grants.map((n) => [n, n, n]));
});

test("stamps never go back, not even when the computer's clock does over a restart", async () => {
  const path = join(await temporaryFolder(), "compliance.db");
  const first = await openTestStore({ path, clock: new VirtualClock(9_000) });
  await first.appendDecisions([{ kind: "source.revoked", body: { source: "pc-1", by: "cli:root" } }]);
  await first.close();
  const clock = new VirtualClock(4_000);
  const second = await openTestStore({ path, clock });
  expect(await second.write(async () => second.stamp())).toBe(9_000);
  await clock.advance(6_000);
  expect(await second.write(async () => second.stamp())).toBe(10_000);
});

test("numbers of changes are not given out twice, even after a rebuild emptied the table", async () => {
  const store = await openTestStore();
  const insert = () =>
    store.write((tx) =>
      tx.insertInto("change").values({ at: 1, type: "machine", key: "1" }).returning("id").executeTakeFirstOrThrow(),
    );
  expect(await insert()).toEqual({ id: 1 });
  await store.write((tx) => tx.deleteFrom("change").execute());
  expect(await insert()).toEqual({ id: 2 });
});
