import { describe, expect, it } from "vitest";
import { handleDown } from "../../agent/commands.ts";
import { COMMANDS_REMEMBERED_MAX, emptyState } from "../../agent/state.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import type { Down } from "../../protocol/messages/envelope.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

function setUp() {
  const clock = new VirtualClock();
  const state = emptyState();
  const world = { collected: 0, saves: 0, enrolled: 0 };
  const deps = {
    clock,
    log: SILENT_LOG,
    file: { state, save: async () => void world.saves++ },
    collectNow: async () => void world.collected++,
    reEnrol: () => void world.enrolled++,
  };
  return { state, world, handle: (message: Down) => handleDown(message, deps) };
}

const command = (id: string, expiresAt = "2026-11-23T01:00:00.000Z"): Down => ({
  v: 1,
  type: "command",
  id,
  command: "collect-now",
  expiresAt,
});
const settings = (revision: number, holdSeconds: number): Down => ({
  v: 1,
  type: "settings",
  revision,
  settings: { holdSeconds },
});

describe("what the centre sends down", () => {
  it("carries out a command once by its id", async () => {
    const { world, handle } = setUp();
    await handle(command("a"));
    await handle(command("a"));
    await handle(command("b"));
    expect(world.collected).toBe(2);
  });

  it("does not carry out one that has expired", async () => {
    const { state, world, handle } = setUp();
    await handle(command("old", "2026-11-23T00:00:00.000Z"));
    expect([world.collected, state.commands]).toEqual([0, []]);
  });

  it("remembers a bounded number of ids", async () => {
    const { state, handle } = setUp();
    for (let index = 0; index <= COMMANDS_REMEMBERED_MAX; index++) await handle(command(`c${index}`));
    expect([state.commands.length, state.commands[0]]).toEqual([COMMANDS_REMEMBERED_MAX, "c1"]);
  });

  it("passes on that it must enrol anew", async () => {
    const { world, handle } = setUp();
    await handle({ v: 1, type: "command", id: "r", command: "re-enrol", expiresAt: "2026-11-23T01:00:00.000Z" });
    expect([world.enrolled, world.collected]).toEqual([1, 0]);
  });

  it("keeps the newest settings", async () => {
    const { state, handle } = setUp();
    await handle(settings(5, 15));
    await handle(settings(4, 1));
    expect(state.settings).toEqual({ revision: 5, holdSeconds: 15 });
  });
});
