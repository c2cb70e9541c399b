import { describe, expect, test } from "vitest";
import type { Down } from "../../../protocol/messages/envelope.ts";
import { formatInstant } from "../../../protocol/time.ts";
import { DownOnce } from "../../../protocol/uplink/down-once.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const command = (id: string, expiresAt: number): Down => ({
  v: 1,
  type: "command",
  id,
  command: "collect-now",
  expiresAt: formatInstant(expiresAt),
});

const settings = (revision: number): Down => ({ v: 1, type: "settings", revision, settings: {} });

describe("what comes down", () => {
  test("a command passes once by its id, and not after it expired", async () => {
    const clock = new VirtualClock();
    const once = new DownOnce(clock);
    const soon = clock.now() + 1000;
    expect(["a", "a", "b"].map((id) => once.isNew(command(id, soon)))).toEqual([true, false, true]);
    await clock.advance(1000);
    expect(once.isNew(command("c", soon))).toBe(false);
  });

  test("of many ids the last 256 are remembered", () => {
    const clock = new VirtualClock();
    const once = new DownOnce(clock);
    for (let id = 0; id < 257; id++) once.isNew(command(String(id), clock.now() + 1));
    expect(once.isNew(command("1", clock.now() + 1))).toBe(false);
    expect(once.isNew(command("0", clock.now() + 1))).toBe(true);
  });

  test("settings pass when they are newer than what passed before", () => {
    const once = new DownOnce(new VirtualClock());
    expect([2, 2, 1, 3].map((revision) => once.isNew(settings(revision)))).toEqual([true, false, false, true]);
  });
});
