import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { openNodeSqliteDriver } from "../../../collector/store/node-sqlite-driver.ts";
import { PREPARED_STATEMENTS_MAX } from "../../../collector/store/sql-driver.ts";
import { openSqlite3Driver } from "../../../collector/store/sqlite3-driver.ts";
import { testWhere } from "../../support/on-node.ts";
import { addSource, openTestStore, temporaryFolder } from "../../support/test-store.ts";

const hasNodeSqlite = await import(["node", "sqlite"].join(":")).then(
  () => true,
  () => false,
);

const DRIVERS = [
  { name: "sqlite3", open: openSqlite3Driver, available: true },
  { name: "node:sqlite", open: openNodeSqliteDriver, available: hasNodeSqlite },
];

testWhere(!hasNodeSqlite)("a Node without node:sqlite is told which driver to use", async () => {
  const opening = openNodeSqliteDriver({ path: ":memory:", mode: "write", busyTimeoutMs: 0 });
  await expect(opening).rejects.toMatchObject({
    code: "driver-unavailable",
    message: expect.stringMatching(/needs Node 22\.13 or later.*use the driver sqlite3/),
  });
});

for (const { name, open, available } of DRIVERS) {
  const driverTest = testWhere(available);

  async function opened(path: string, mode: "read" | "write" = "write") {
    const driver = await open({ path, mode, busyTimeoutMs: 0 });
    onTestFinished(() => driver.close());
    return driver;
  }

  driverTest(`${name}: values come back as they were bound`, async () => {
    const driver = await opened(":memory:");
    await driver.exec("create table t (i integer, r real, s text, b blob, n text) strict; create table u (x)");
    const values = [1_795_000_000_123, 0.5, "点卯 'x'", Buffer.from([0, 255]), null];
    expect(await driver.query("insert into t values (?, ?, ?, ?, ?)", values)).toEqual({
      rows: [],
      changes: 1,
      lastId: 1,
    });
    const { rows } = await driver.query("select *, typeof(i) as type from t");
    expect(rows).toEqual([
      { i: 1_795_000_000_123, r: 0.5, s: "点卯 'x'", b: expect.anything(), n: null, type: "integer" },
    ]);
    expect(Buffer.from(rows[0]?.b as Uint8Array).toString("hex")).toBe("00ff");
  });

  driverTest(`${name}: tells the changes of writes and the rows of RETURNING`, async () => {
    const driver = await opened(":memory:");
    await driver.exec("create table t (i integer primary key)");
    expect(await driver.query("insert into t values (7), (8) returning i")).toMatchObject({
      rows: [{ i: 7 }, { i: 8 }],
    });
    expect((await driver.query("delete from t where i > 0")).changes).toBe(2);
    expect((await driver.query("delete from t where i > 0")).changes).toBe(0);
  });

  driverTest(`${name}: more different statements than are kept prepared`, async () => {
    const driver = await opened(":memory:");
    for (let index = 0; index < PREPARED_STATEMENTS_MAX * 2; index++) {
      expect((await driver.query(`select ${index} as value`)).rows).toEqual([{ value: index }]);
    }
  });

  driverTest(`${name}: failures carry codes`, async () => {
    const path = join(await temporaryFolder(), "t.db");
    const driver = await opened(path);
    await driver.exec("pragma journal_mode = wal; create table t (i integer primary key) strict");
    await driver.query("insert into t values (1)");
    await expect(driver.query("insert into t values (1)")).rejects.toMatchObject({ code: "database-constraint" });
    await expect(driver.query("insert into nowhere values (1)")).rejects.toMatchObject({ code: "database-error" });

    const other = await opened(path);
    await other.exec("begin immediate");
    await expect(driver.query("insert into t values (2)")).rejects.toMatchObject({ code: "database-locked" });
    await other.exec("rollback");
    await driver.query("insert into t values (2)");

    const reader = await opened(path, "read");
    await expect(reader.query("insert into t values (3)")).rejects.toMatchObject({ code: "database-read-only" });
    await expect(opened(join(path, "absent"), "read")).rejects.toMatchObject({ code: "database-unreachable" });
  });

  driverTest(`${name}: carries a whole store, its fast way and its slow one`, async () => {
    const path = join(await temporaryFolder(), "compliance.db");
    const store = await openTestStore({ path, driver: open });
    await expect(openTestStore({ path, driver: open })).rejects.toMatchObject({ code: "already-running" });
    await addSource(store, "pc-1");
    const common = {
      source: "pc-1",
      site: "hall",
      epoch: "9f00000000000001",
      receivedAt: 1,
      address: null,
      offsetMs: null,
    };
    const group = (first: number) => {
      const records = [{ seq: first, kind: "power", at: 1, body: '{"text":"点卯"}' }];
      return { ...common, expected: first - 1, first, count: 1, records, quarantined: [] };
    };
    for (let first = 1; first <= 3; first++) {
      expect(await store.commitGroups([group(first)])).toEqual([{ ok: true, committed: first }]);
    }
    expect(await store.commitGroups([group(2)])).toEqual([{ ok: false, code: "mark-moved", committed: 3 }]);
    expect(await store.commitGroups([group(4)])).toEqual([{ ok: true, committed: 4 }]);
    const rows = await store.read.selectFrom("record").select(["seq", "body"]).execute();
    expect(rows.map((row) => ({ ...row }))).toEqual([1, 2, 3, 4].map((seq) => ({ seq, body: '{"text":"点卯"}' })));
    await store.backup(`${path}.copy`);
  });
}
