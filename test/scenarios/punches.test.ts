import { expect, it } from "vitest";
import { run } from "./punches.ts";

/** Back-off after two mishaps, lulls between groups of people, and the log once more. */
const WORLD_MS_MAX = 120_000;

it(
  "60 punches through an unplugging, a power cut, a reset to 2000 and noise: each once, none invented",
  async () => {
    const [world] = await run({ seeds: [7], punches: 60 });
    expect(world, `seed ${world?.seed}`).toMatchObject({ ok: true, missing: [], doubled: [], invented: [] });
    expect(world?.faults).toMatchObject({
      unplug: expect.any(Number),
      "power-cut": expect.any(Number),
      "clock-reset": expect.any(Number),
    });
    expect(world?.made).toBeGreaterThanOrEqual(60);
    expect((world?.live ?? 0) + (world?.fromLog ?? 0)).toBeGreaterThanOrEqual(world?.made ?? 0);
  },
  WORLD_MS_MAX,
);
