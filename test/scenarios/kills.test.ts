import { expect, test } from "vitest";
import { run } from "./kills/kills.ts";

const WORLD_MS_MAX = 120_000;

test.each(["embedded", "mosquitto", "nats"] as const)(
  "sources, collector and broker (%s) killed with -9 while records flow: each record once, no number missing",
  async (broker) => {
    const outcome = await run({ seed: 5, kills: 4, records: 800, sources: 2, broker });
    expect(outcome, `seed ${outcome.seed}`).toMatchObject({ stored: 800, doubled: 0, missing: 0, punches: 800 });
  },
  WORLD_MS_MAX,
);
