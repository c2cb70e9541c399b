import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { MIGRATIONS, migrate } from "../../../collector/store/migrate.ts";
import { openSqlite3Driver } from "../../../collector/store/sqlite3-driver.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { openTestStore, temporaryFolder } from "../../support/test-store.ts";

const DEPS = { now: () => 1_000, log: SILENT_LOG };

async function memory() {
  const driver = await openSqlite3Driver({ path: ":memory:", mode: "write", busyTimeoutMs: 0 });
  onTestFinished(() => driver.close());
  return driver;
}

test("migrations run once each, in order, and are recorded by name", async () => {
  const driver = await memory();
  const first = { name: "0001-a", sql: "create table a (x); create table b (x)" };
  const second = { name: "0002-b", sql: "insert into a values (1)" };
  await migrate(driver, DEPS, [first]);
  await migrate(driver, DEPS, [first, second]);
  await migrate(driver, DEPS, [first, second]);
  expect((await driver.query("select * from migration")).rows).toEqual([
    { name: "0001-a", applied_at: 1_000 },
    { name: "0002-b", applied_at: 1_000 },
  ]);
  expect((await driver.query("select * from a")).rows).toHaveLength(1);
});

test("a migration that fails leaves nothing of itself", async () => {
  const driver = await memory();
  const broken = { name: "0001-a", sql: "create table a (x); insert into nowhere values (1)" };
  await expect(migrate(driver, DEPS, [broken])).rejects.toMatchObject({ code: "database-error" });
  expect((await driver.query("select * from migration")).rows).toEqual([]);
  expect((await driver.query("select name from sqlite_master where name = 'a'")).rows).toEqual([]);
});

test("a migration for which the disk has no room says so, and leaves nothing of itself", async () => {
  const driver = await memory();
  await migrate(driver, DEPS, []);
  await driver.exec("pragma max_page_count = 8");
  const large = { name: "0001-a", sql: "create table a (x); insert into a values (zeroblob(100000))" };
  await expect(migrate(driver, DEPS, [large])).rejects.toMatchObject({ code: "disk-full" });
  expect((await driver.query("select name from sqlite_master where name = 'a'")).rows).toEqual([]);
});

test("a database newer than the code is refused", async () => {
  const path = join(await temporaryFolder(), "compliance.db");
  await (await openTestStore({ path })).close();
  const driver = await openSqlite3Driver({ path, mode: "write", busyTimeoutMs: 0 });
  await driver.query("insert into migration values ('0999-tomorrow', 1)");
  await driver.close();
  await expect(openTestStore({ path })).rejects.toMatchObject({
    code: "database-newer",
    message: expect.stringContaining("0999-tomorrow"),
  });
});

test("migrations are numbered without holes", () => {
  expect(MIGRATIONS.map(({ name }) => Number(name.slice(0, 4)))).toEqual(MIGRATIONS.map((_, index) => index + 1));
});
