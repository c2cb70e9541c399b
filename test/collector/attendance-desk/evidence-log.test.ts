import { beforeEach, describe, expect, test } from "vitest";
import { EvidenceLog } from "../../../collector/attendance-desk/evidence-log.ts";
import type { Store } from "../../../collector/store/port.ts";
import { register } from "../../support/attendance-site.ts";
import { openTestStore } from "../../support/test-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

let clock: VirtualClock;
let store: Store;
/** How often the database was asked, and how often it is to fail. */
let reads: number;
let failures: number;
let log: EvidenceLog;

beforeEach(async () => {
  clock = new VirtualClock(1000);
  store = await openTestStore({ clock });
  reads = 0;
  failures = 0;
  const read = () => {
    reads++;
    if (failures-- > 0) throw new Error("the disk is gone");
    return store.read;
  };
  const onCommitted = (listener: () => void) => store.onCommitted(listener);
  log = new EvidenceLog({
    onCommitted,
    get read() {
      return read();
    },
  });
});

const enter = (...names: string[]) => store.appendDecisions(names.map((name) => register(name, name, name)));
const names = () => [...log.present.staff.keys()];

describe("the evidence read from the log", () => {
  test("grows with what is committed, and nothing is read when nothing was", async () => {
    await enter("A");
    await log.refresh();
    await enter("B", "C");
    await Promise.all([log.refresh(), log.refresh()]);
    expect([names(), log.size]).toEqual([["A", "B", "C"], 3]);

    reads = 0;
    await log.refresh();
    expect(reads).toBe(0);
  });

  test("is read again after a failure, each row once", async () => {
    await enter("A");
    failures = 1;
    await expect(log.refresh()).rejects.toThrow("the disk is gone");
    await log.refresh();
    expect([names(), log.size]).toEqual([["A"], 1]);
  });

  test("follows the register when it gives a user id to another", async () => {
    await enter("A");
    await log.refresh();
    expect(log.ownersIn(log.present)("C1", "A")).toBe("A");
    await store.appendDecisions([register("A", "A", "7"), register("B", "B", "A")]);
    await log.refresh();
    expect(["A", "7"].map((user) => log.ownersIn(log.present)("C1", user))).toEqual(["B", "A"]);
  });
});

describe("a replay", () => {
  test("has at each moment what was committed by then", async () => {
    await enter("A");
    await clock.advance(1000);
    await enter("B");
    await clock.advance(1000);
    await enter("C");
    await log.refresh();
    const replay = log.replay();
    const seen = [999, 1000, 1999, 2000, 9999].map((asOf) => [...replay.until(asOf).staff.keys()].join(""));
    expect(seen).toEqual(["", "A", "A", "AB", "ABC"]);
  });

  test("does not go back", async () => {
    const replay = log.replay();
    replay.until(2000);
    expect(() => replay.until(1999)).toThrow();
  });
});
