import { expect, it } from "vitest";
import { run } from "./fuzz.ts";

const MS_MAX = 60_000;

it(
  "a few thousand seeded inputs: no crash, no hang, no invented punch",
  async () => {
    const { failures, punches, frames } = await run({ inputs: 4_000, seed: 1 });
    expect(failures).toEqual([]);
    // The drivers did get something through.
    expect(punches).toBeGreaterThan(10);
    expect(frames).toBeGreaterThan(100);
  },
  MS_MAX,
);
