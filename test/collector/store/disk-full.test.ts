import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import type { RecordGroup, Store } from "../../../collector/store/port.ts";
import { addSource, openTestStore, temporaryFolder } from "../../support/test-store.ts";

/** Sets the largest file that this process may write, as a disk with so much room would; Node ignores SIGXFSZ, so writes fail. */
async function limitFiles(bytes: number | "unlimited"): Promise<void> {
  await promisify(execFile)("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:`]);
}

const canLimit = await promisify(execFile)("prlimit", ["--version"]).then(
  () => true,
  () => false,
);

function group(first: number): RecordGroup {
  const body = JSON.stringify({ text: "x".repeat(2_000) });
  const records = Array.from({ length: 50 }, (_, index) => ({ seq: first + index, kind: "power", at: 1, body }));
  const common = {
    source: "pc-1",
    site: "hall",
    epoch: "9f00000000000001",
    receivedAt: 1,
    address: null,
    offsetMs: null,
  };
  return { ...common, expected: first - 1, first, count: 50, records, quarantined: [] };
}

async function commitUntilFull(store: Store): Promise<{ committed: number; code: string }> {
  let committed = 0;
  for (let round = 0; round < 100; round++) {
    try {
      await store.commitGroups([group(committed + 1)]);
      committed += 50;
    } catch (error) {
      return { committed, code: (error as { code: string }).code };
    }
  }
  throw new Error("the disk never filled");
}

test.skipIf(!canLimit)(
  "a full disk refuses writes whole, loses nothing committed, and recovers when there is room",
  async () => {
    const path = join(await temporaryFolder(), "compliance.db");
    const store = await openTestStore({ path });
    await addSource(store, "pc-1");
    onTestFinished(() => limitFiles("unlimited"));
    await limitFiles((await stat(`${path}-wal`)).size + 1_000_000);

    const full = await commitUntilFull(store);
    expect(full).toEqual({ committed: expect.any(Number), code: "disk-full" });
    expect(full.committed).toBeGreaterThan(0);
    expect(await store.marks("pc-1")).toEqual([expect.objectContaining({ committed: full.committed })]);

    expect(store.stats()).toMatchObject({ failing: 1 });
    await limitFiles("unlimited");
    const next = await store.commitGroups([group(full.committed + 1)]);
    expect(next).toEqual([{ ok: true, committed: full.committed + 50 }]);
    expect(store.stats()).toMatchObject({ failing: 0 });
    const rows = await store.read.selectFrom("record").select("seq").orderBy("id").execute();
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: full.committed + 50 }, (_, index) => index + 1));
  },
);
