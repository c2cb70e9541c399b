import { describe, expect, it } from "vitest";
import { createOutbox, RETRY_MS, WAITING_MAX } from "../../agent/outbox.ts";
import { AppError } from "../../protocol/errors.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import type { ContractRecord } from "../../protocol/messages/records.ts";
import { settle, VirtualClock } from "../support/virtual-clock.ts";

const event = (reason: string): ContractRecord => ({
  kind: "power",
  at: "2026-11-23T00:00:00.000Z",
  body: { event: "boot", source: "test", reason, evidence: [] },
});

function setUp() {
  const clock = new VirtualClock();
  const journal: string[] = [];
  const world: { trouble: string | undefined } = { trouble: undefined };
  const append = async (record: ContractRecord) => {
    if (world.trouble) throw new AppError(world.trouble, "no");
    journal.push((record.body as { reason: string }).reason);
  };
  return { clock, journal, world, outbox: createOutbox({ clock, log: SILENT_LOG, append }) };
}

describe("events on their way into the journal", () => {
  it("are kept in order over a full disk, and tried with growing pauses", async () => {
    const { clock, journal, world, outbox } = setUp();
    world.trouble = "journal-full";
    const done = Promise.all(["a", "b", "c"].map((reason) => outbox.put(event(reason))));
    await clock.advance(RETRY_MS.first + 2 * RETRY_MS.first);
    expect(journal).toEqual([]);
    world.trouble = undefined;
    await clock.advance(4 * RETRY_MS.first);
    await done;
    expect(journal).toEqual(["a", "b", "c"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("are kept one by one when each is brought as soon as the one before is kept", async () => {
    const { journal, outbox } = setUp();
    const oneByOne = async () => {
      for (const reason of ["a", "b", "c"]) await outbox.put(event(reason));
    };
    void oneByOne();
    await settle();
    expect(journal).toEqual(["a", "b", "c"]);
  });

  it("do not wait behind one that can never be kept", async () => {
    const { journal, world, outbox } = setUp();
    world.trouble = "record-too-large";
    await expect(outbox.put(event("huge"))).rejects.toMatchObject({ code: "record-too-large" });
    world.trouble = undefined;
    await outbox.put(event("next"));
    expect(journal).toEqual(["next"]);
  });

  it("are given up, oldest first, only beyond the bound", async () => {
    const { clock, journal, world, outbox } = setUp();
    world.trouble = "journal-io";
    const results = Array.from({ length: WAITING_MAX + 1 }, (_, index) =>
      outbox.put(event(String(index))).catch(() => "given up"),
    );
    await settle();
    expect(await results[0]).toBe("given up");
    expect(outbox.waiting()).toBe(WAITING_MAX);
    world.trouble = undefined;
    await clock.advance(RETRY_MS.first);
    await Promise.all(results);
    expect([journal.length, journal[0], journal.at(-1)]).toEqual([WAITING_MAX, "1", String(WAITING_MAX)]);
  });

  it("are refused when the agent stops", async () => {
    const { clock, world, outbox } = setUp();
    world.trouble = "journal-full";
    const waiting = outbox.put(event("a"));
    await settle();
    outbox.stop();
    await expect(waiting).rejects.toThrow("stopped");
    expect(clock.pendingTimers).toBe(0);
  });
});
