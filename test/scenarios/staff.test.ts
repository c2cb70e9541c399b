import { expect, test } from "vitest";
import { run } from "./staff/staff.ts";

test("a simulated year of 12 people: every day, counter and lost eligibility as in the simulator's own ledger", async () => {
  const outcome = await run({ people: 12, seed: 3 });
  expect(outcome.differences, `seed ${outcome.seed}`).toEqual([]);
  expect(outcome.slots).toBe(12 * 365 * 2);
}, 60_000);
