import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { restoreDatabase } from "../../../collector/store/copy.ts";
import { highWaterFile } from "../../../collector/store/incarnation.ts";
import type { Store } from "../../../collector/store/port.ts";
import { openSqlite3Driver } from "../../../collector/store/sqlite3-driver.ts";
import { openTestStore, temporaryFolder } from "../../support/test-store.ts";

const DEPS = { openDriver: openSqlite3Driver, now: () => 42 };

async function decide(store: Store, times: number): Promise<void> {
  for (let index = 0; index < times; index++) {
    await store.appendDecisions([{ kind: "source.revoked", body: { source: "pc-1", by: "cli:root" } }]);
  }
}

async function records(store: Store): Promise<number> {
  const rows = await store.read.selectFrom("record").select("id").execute();
  return rows.length;
}

test("an ordinary restart keeps the incarnation", async () => {
  const path = join(await temporaryFolder(), "compliance.db");
  const first = await openTestStore({ path });
  await decide(first, 3);
  await first.close();
  const second = await openTestStore({ path });
  expect(second.incarnation).toBe(first.incarnation);
});

test("a copy put back is the state of its hour, under a new incarnation, and what was there is kept", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "compliance.db");
  const first = await openTestStore({ path });
  await decide(first, 3);
  await first.backup(join(folder, "copy.db"));
  await decide(first, 2);
  await first.close();

  const { kept } = await restoreDatabase(join(folder, "copy.db"), path, DEPS);
  const second = await openTestStore({ path });
  expect(await records(second)).toBe(3);
  expect(second.incarnation).not.toBe(first.incarnation);
  await second.close();

  const third = await openTestStore({ path });
  expect(third.incarnation).toBe(second.incarnation);
  expect(await records(await openTestStore({ path: kept as string }))).toBe(5);
});

test("a copy made and put back with nothing in between is another incarnation all the same", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "compliance.db");
  const first = await openTestStore({ path });
  await first.backup(join(folder, "copy.db"));
  await first.close();
  await restoreDatabase(join(folder, "copy.db"), path, DEPS);
  expect((await openTestStore({ path })).incarnation).not.toBe(first.incarnation);
});

test("what a crash left in the write-ahead log is not replayed into the copy", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "compliance.db");
  const store = await openTestStore({ path });
  await decide(store, 1);
  await store.backup(join(folder, "copy.db"));
  await decide(store, 5);
  const crashed = join(folder, "crashed.db");
  for (const suffix of ["", "-wal"]) await copyFile(`${path}${suffix}`, `${crashed}${suffix}`);

  const { kept } = await restoreDatabase(join(folder, "copy.db"), crashed, DEPS);
  expect(await records(await openTestStore({ path: crashed }))).toBe(1);
  expect(await records(await openTestStore({ path: kept as string }))).toBe(6);
});

test("a database put back by hand is found out by the note beside it", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "compliance.db");
  const first = await openTestStore({ path });
  await decide(first, 1);
  await first.close();
  await copyFile(path, join(folder, "by-hand.db"));
  const second = await openTestStore({ path });
  await decide(second, 1);
  await second.close();

  await copyFile(join(folder, "by-hand.db"), path);
  const third = await openTestStore({ path });
  expect(third.incarnation).not.toBe(first.incarnation);
});

test.each([
  ["absent", (file: string) => rm(file)],
  ["torn", (file: string) => writeFile(file, '{"incarn')],
  ["another database's", (file: string) => writeFile(file, '{"incarnation":"x","recordId":0}')],
])("a note that is %s counts as a database put back", async (_, spoil) => {
  const path = join(await temporaryFolder(), "compliance.db");
  const first = await openTestStore({ path });
  await first.close();
  await spoil(highWaterFile(path));
  expect((await openTestStore({ path })).incarnation).not.toBe(first.incarnation);
});

test("a copy is whole or absent, and overwrites nothing", async () => {
  const folder = await temporaryFolder();
  const store = await openTestStore({ path: join(folder, "compliance.db") });
  await writeFile(join(folder, "letter.txt"), "keep me");
  await expect(store.backup(join(folder, "letter.txt"))).rejects.toMatchObject({ code: "file-exists" });
  expect(await readFile(join(folder, "letter.txt"), "utf8")).toBe("keep me");
  await expect(store.backup(join(folder, "no-such-folder", "copy.db"))).rejects.toMatchObject({
    code: "database-unreachable",
  });
});

test("nothing is put back under a running collector, nor from a file that is no database of this program", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "compliance.db");
  const store = await openTestStore({ path });
  await store.backup(join(folder, "copy.db"));
  await expect(restoreDatabase(join(folder, "copy.db"), path, DEPS)).rejects.toMatchObject({ code: "already-running" });
  await store.close();

  await writeFile(join(folder, "letter.db"), "not a database, but long enough to be one. ".repeat(40));
  await expect(restoreDatabase(join(folder, "letter.db"), path, DEPS)).rejects.toMatchObject({
    code: "database-damaged",
  });
  const foreign = await openSqlite3Driver({ path: join(folder, "foreign.db"), mode: "write", busyTimeoutMs: 0 });
  await foreign.exec("create table t (x)");
  await foreign.close();
  await expect(restoreDatabase(join(folder, "foreign.db"), path, DEPS)).rejects.toMatchObject({
    code: "database-foreign",
  });
  expect((await openTestStore({ path })).incarnation).toBe(store.incarnation);
});
