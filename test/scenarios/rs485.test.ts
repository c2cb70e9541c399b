import { expect, it } from "vitest";
import { run } from "./rs485/rs485.ts";

it("RS485 contention: four clocks on one line, one dead: every punch once, within three polling rounds", async () => {
  const outcome = await run({ seed: 1, clocks: 4, dead: 1, punches: 80, minutes: 2 });
  expect(outcome).toMatchObject({
    made: 80,
    found: 80,
    missing: [],
    doubled: [],
    invented: [],
    pushed: 0,
    broadcasts: 0,
    collisionSeconds: 0,
  });
  expect(outcome.worstRounds).toBeLessThanOrEqual(3);
  // One of four clocks may cost the others a quarter of the requests at most.
  expect(outcome.deadShare).toBeLessThan(0.25);
});
