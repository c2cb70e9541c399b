import { expect, test } from "vitest";
import { run } from "./restore.ts";

test("sources fill up a database that was put back from last night's copy, each record once", async () => {
  const outcome = await run({ seed: 20_261_123, sources: 5, recordsBefore: 600, recordsAfter: 1_200 });
  expect(outcome).toMatchObject({ ok: true, doubled: 0, missing: 0, newIncarnation: true, rowsInCopy: 600 });
  expect(outcome.rowsBefore).toBe(600 + 1_200 + 5_001);
  expect(outcome.expired).toBeGreaterThan(0);
  expect(outcome.rowsAfter).toBeLessThan(outcome.rowsBefore);
}, 60_000);
