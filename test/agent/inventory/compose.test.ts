import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { composeInventory, hashInventory, type Inventory } from "../../../agent/inventory/compose.ts";
import { hardwareList } from "../../../agent/inventory/hardware.ts";
import { startInventoryReporter } from "../../../agent/inventory/reporter.ts";
import { parsePackages, parseUninstall, type Software } from "../../../agent/inventory/software.ts";
import { fail, type Outcome } from "../../../agent/os/os.ts";
import { parseRegQuery } from "../../../agent/probes/windows/reg-query.ts";
import { emptyState } from "../../../agent/state.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { RECORD_BYTES_MAX } from "../../../protocol/messages/limits.ts";
import { type InventoryBody, inventoryBody } from "../../../protocol/messages/records/agent-events.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const software = (count: number, nameLength = 12): Software[] =>
  Array.from({ length: count }, (_, index) => ({ name: String(index).padStart(nameLength, "p"), version: "1.0" }));
const inventory = (list: Software[], hardware: Record<string, string> = { "cpu.model": "x" }): Inventory => ({
  hardware,
  software: list,
});

describe("installed software", () => {
  it("is read from dpkg's and rpm's own formats, each entry once, sorted", () => {
    expect(parsePackages("zlib1g\t1:1.2.13\nbash\t5.2.15\nbash\t5.2.15\nbroken\n\t1\n")).toEqual([
      { name: "bash", version: "5.2.15" },
      { name: "zlib1g", version: "1:1.2.13" },
    ]);
  });

  it("leaves Windows components and patches of other entries out", () => {
    const root = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall";
    const keys = parseRegQuery(`
${root}\\WPS
    DisplayName    REG_SZ    WPS Office (12.1.0.18608)
    DisplayVersion    REG_SZ    12.1.0.18608

${root}\\Hidden
    DisplayName    REG_SZ    Part
    SystemComponent    REG_DWORD    0x1

${root}\\KB1
    DisplayName    REG_SZ    Update
    ParentKeyName    REG_SZ    Office
`);
    expect(parseUninstall(keys)).toEqual([{ name: "WPS Office (12.1.0.18608)", version: "12.1.0.18608" }]);
  });
});

describe("hardware", () => {
  it("leaves out what is empty and hashes serial numbers", () => {
    const list = hardwareList({
      system: { manufacturer: "LENOVO", model: "", serial: "PF2ABCDE" },
      mem: { total: 8_589_934_592 },
      disks: [{ type: "SSD", name: "SAMSUNG", size: 512, serialNum: "S3Z8NB0K123456" }],
    });
    expect(list).toEqual({
      "system.manufacturer": "LENOVO",
      "system.serial": expect.stringMatching(/^[0-9a-f]{16}$/),
      "memory.mebibytes": "8192",
      "disk.0.model": "SSD SAMSUNG",
      "disk.0.bytes": "512",
      "disk.0.serial": expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });
});

describe("inventory records", () => {
  it("are whole at first, then only what came and went", () => {
    const before = inventory([
      { name: "a", version: "1" },
      { name: "b", version: "1" },
    ]);
    const now = inventory([
      { name: "a", version: "2" },
      { name: "b", version: "1" },
    ]);
    expect(composeInventory(before, undefined)).toEqual([
      {
        hash: hashInventory(before),
        hardware: before.hardware,
        added: before.software,
        removed: [],
        part: 1,
        parts: 1,
      },
    ]);
    expect(composeInventory(now, before)).toEqual([
      {
        hash: hashInventory(now),
        base: hashInventory(before),
        added: [{ name: "a", version: "2" }],
        removed: [{ name: "a", version: "1" }],
        part: 1,
        parts: 1,
      },
    ]);
  });

  it("say that nothing changed", () => {
    const same = inventory(software(3));
    expect(composeInventory(same, same)).toMatchObject([{ base: hashInventory(same), added: [], removed: [] }]);
  });

  it.each([
    ["many short names", software(2_000)],
    [
      "names as long as they may be, of wide characters",
      software(500, 200).map(({ name }) => ({ name: `${name}${"汉".repeat(50)}`, version: "汉".repeat(50) })),
    ],
  ])("fit into records: %s", (_what, list) => {
    const bodies = composeInventory(inventory(list), undefined);
    for (const body of bodies) {
      expect(inventoryBody.parse(body)).toEqual(body);
      expect(
        Buffer.byteLength(JSON.stringify({ kind: "inventory", at: "2026-11-23T00:00:00.000Z", body })),
      ).toBeLessThan(RECORD_BYTES_MAX);
    }
    expect(bodies.flatMap(({ added }) => added)).toEqual(list);
    expect(bodies.map(({ part, parts }) => [part, parts])).toEqual(
      bodies.map((_, index) => [index + 1, bodies.length]),
    );
  });
});

describe("the daily inventory", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "dianmao-inventory-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("comes once a day with what changed, misses no day for a failure, and is whole when asked", async () => {
    const clock = new VirtualClock();
    const told: InventoryBody[] = [];
    let next: Outcome<{ inventory: Inventory }> = { ok: true, inventory: inventory(software(2)) };
    const file = { state: emptyState(), save: async () => {} };
    const reporter = startInventoryReporter({
      clock,
      random: seededRandom(1),
      log: SILENT_LOG,
      folder,
      file,
      collect: async () => next,
      append: async ({ body }) => told.push(body as InventoryBody),
    });
    // Reading and writing the list is real input and output: advance until it has happened.
    const advanceUntil = async (count: number, ms: number) => {
      await clock.advance(ms);
      await expect.poll(() => [told.length, clock.pendingTimers]).toEqual([count, 1]);
    };
    await advanceUntil(1, 40 * 60_000);
    next = { ok: true, inventory: inventory(software(3)) };
    await advanceUntil(2, 25 * 3_600_000);
    next = fail("probe-timeout", "hardware child");
    await advanceUntil(2, 25 * 3_600_000);
    next = { ok: true, inventory: inventory(software(3)) };
    await advanceUntil(3, 25 * 3_600_000);
    expect(told.map(({ base, added }) => [base !== undefined, added.length])).toEqual([
      [false, 2],
      [true, 1],
      [true, 0],
    ]);
    reporter.wholeAgain();
    await advanceUntil(4, 40 * 60_000);
    expect(told[3]).toMatchObject({ added: software(3) });
    expect(told[3]?.base).toBeUndefined();
    reporter.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it("asked for while one is being made comes whole after it, and goes on as one a day", async () => {
    const clock = new VirtualClock();
    const told: InventoryBody[] = [];
    const looks: (() => void)[] = [];
    const reporter = startInventoryReporter({
      clock,
      random: seededRandom(1),
      log: SILENT_LOG,
      folder,
      file: { state: emptyState(), save: async () => {} },
      collect: () =>
        new Promise((resolve) => looks.push(() => resolve({ ok: true, inventory: inventory(software(2)) }))),
      append: async ({ body }) => told.push(body as InventoryBody),
    });
    await clock.advance(40 * 60_000);
    reporter.wholeAgain();
    looks[0]?.();
    await expect.poll(() => [told.length, clock.pendingTimers]).toEqual([1, 1]);
    await clock.advance(40 * 60_000);
    looks[1]?.();
    await expect.poll(() => [told.length, clock.pendingTimers]).toEqual([2, 1]);
    expect(told.map(({ base, added }) => [base, added.length])).toEqual([
      [undefined, 2],
      [undefined, 2],
    ]);
    reporter.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
