import { expect, it } from "vitest";
import { run } from "./hid/hid.ts";

const WORLD_MS_MAX = 90_000;

it(
  "HID unplug goes unnoticed: node-hid finds the CP2110 again after each plug-in, and no punch is lost",
  async () => {
    const outcome = await run({ seed: 3, unplugs: 4 });
    expect(outcome, `seed ${outcome.seed}`).toMatchObject({ missing: [], doubled: [], invented: [] });
    expect(outcome.made).toBeGreaterThan(4);
    expect(outcome.reconnects).toBeGreaterThan(0);
  },
  WORLD_MS_MAX,
);

it(
  "reads a clock behind a CH9325 over seven bytes a report",
  async () => {
    const outcome = await run({ seed: 5, unplugs: 1, bridge: "ch9325" });
    expect(outcome, `seed ${outcome.seed}`).toMatchObject({ missing: [], doubled: [], invented: [] });
  },
  WORLD_MS_MAX,
);
