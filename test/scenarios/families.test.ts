import { expect, it } from "vitest";
import { run } from "./families.ts";

const WORLD_MS_MAX = 120_000;

it.each(["zk", "ef01"] as const)(
  "punches at a clock of family %s through cut lines and lost power: each once, none invented",
  async (family) => {
    const [world] = await run({ families: [family], seeds: [5], punches: family === "zk" ? 60 : 5 });
    expect(world, `seed ${world?.seed}`).toMatchObject({ ok: true, missing: [], doubled: [], invented: [] });
  },
  WORLD_MS_MAX,
);
