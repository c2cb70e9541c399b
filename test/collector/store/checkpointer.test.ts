import { stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { CHECKPOINT_EVERY_MS, LOG_PAGES } from "../../../collector/store/checkpointer.ts";
import type { RecordGroup, Store } from "../../../collector/store/port.ts";
import { openSqlite3Driver } from "../../../collector/store/sqlite3-driver.ts";
import { addSource, openTestStore, temporaryFolder } from "../../support/test-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const LOG_BYTES = LOG_PAGES * 4_096;
const GROUP_BYTES = 2_000_000;

function group(number: number): RecordGroup {
  const records = Array.from({ length: 50 }, (_, index) => ({
    seq: (number - 1) * 50 + index + 1,
    kind: "power",
    at: 1,
    body: `{"text":"${"x".repeat(GROUP_BYTES / 50)}"}`,
  }));
  const common = {
    source: "pc-1",
    site: "hall",
    epoch: "9f00000000000001",
    receivedAt: 1,
    address: null,
    offsetMs: null,
  };
  return { ...common, expected: (number - 1) * 50, first: (number - 1) * 50 + 1, count: 50, records, quarantined: [] };
}

async function openWithLog() {
  const path = join(await temporaryFolder(), "compliance.db");
  const clock = new VirtualClock();
  const store = await openTestStore({ path, clock });
  await addSource(store, "pc-1");
  return { path, clock, store, logBytes: async () => (await stat(`${path}-wal`)).size };
}

/** So many groups of 2 MB, with a second between one and the next. */
async function commitSlowly(store: Store, clock: VirtualClock, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number++) {
    await store.commitGroups([group(number)]);
    await clock.advance(CHECKPOINT_EVERY_MS);
    // The disk takes its own time: only when what the second set off has ended does a transaction set off the next.
    do await store.write(async () => {});
    while (clock.pendingTimers === 0);
  }
}

test("the log begins anew before it has grown to twice its measure", async () => {
  const { store, clock, logBytes } = await openWithLog();
  await commitSlowly(store, clock, 1, 30);
  expect(await logBytes()).toBeLessThan(2 * LOG_BYTES);
});

test("a long report holds up no commit, and the log is moved when it has ended", async () => {
  const { path, store, clock, logBytes } = await openWithLog();
  const report = await openSqlite3Driver({ path, mode: "read", busyTimeoutMs: 0 });
  onTestFinished(() => report.close());
  await report.exec("begin; select count(*) from record;");
  // Were they to wait for the report, they would wait for the busy time and fail.
  await commitSlowly(store, clock, 1, 15);
  const grown = await logBytes();
  expect(grown).toBeGreaterThan(1.5 * LOG_BYTES);

  await report.exec("commit");
  await commitSlowly(store, clock, 16, 30);
  expect(await logBytes()).toBeLessThan(grown + LOG_BYTES);
});
