/** A real compliance database in a folder of its own, for tests of everything that stands on one. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type OpenStoreOptions, openStore } from "../../collector/store/open-store.ts";
import type { Store } from "../../collector/store/port.ts";
import { openSqlite3Driver } from "../../collector/store/sqlite3-driver.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** A new folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "dianmao-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens the database at `path` (default: a new one) and closes it when the test ends. */
export async function openTestStore(options: Partial<OpenStoreOptions> = {}): Promise<Store> {
  const path = options.path ?? join(await temporaryFolder(), "compliance.db");
  const defaults = { driver: openSqlite3Driver, clock: new VirtualClock(), log: SILENT_LOG };
  const store = await openStore({ ...defaults, ...options, path });
  onTestFinished(() => store.close());
  return store;
}

/** Enrols a source by its row alone. */
export async function addSource(store: Store, name: string, kind: "agent" | "reader" = "agent"): Promise<number> {
  const { id } = await store.write((tx) =>
    tx
      .insertInto("source")
      .values({
        name,
        site: "hall",
        kind,
        simulated: 0,
        state: "enrolled",
        hostname: name,
        fingerprint: "[]",
        created_at: 0,
      })
      .returning("id")
      .executeTakeFirstOrThrow(),
  );
  return id;
}
