import { existsSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { type Hall, startHall } from "../../../simulators/hall/hall.ts";
import { openSmallCentre, TOKEN } from "../pcs/small-centre.ts";

const WAIT = { timeout: 30_000, interval: 100 };
const TEST_MS_MAX = 90_000;

let centre: Awaited<ReturnType<typeof openSmallCentre>>;
let hall: Hall | undefined;

beforeEach(async () => {
  centre = await openSmallCentre();
});
afterEach(async () => {
  await hall?.stop();
  await centre.close();
});

async function openHall(): Promise<{ told: string[]; running: Hall }> {
  const told: string[] = [];
  const { url, caFile, folder } = centre;
  const running = await startHall(
    {
      clocks: 3,
      pcs: 6,
      seed: 3,
      centre: { url, caFile, token: TOKEN },
      home: join(folder, "hall"),
      faults: { bytes: {}, perMinute: {} },
    },
    { log: SILENT_LOG, tell: ({ event }) => told.push(event) },
  );
  hall = running;
  return { told, running };
}

describe("a hall", () => {
  it("has three clocks on ports of their own, which are gone when it closes", async () => {
    const { running } = await openHall();
    expect(running.ports.map(({ number, serial, baud }) => ({ number, serial, baud }))).toEqual([
      { number: 1, serial: "SIM0000000000001", baud: 9_600 },
      { number: 2, serial: "SIM0000000000002", baud: 9_600 },
      { number: 3, serial: "SIM0000000000003", baud: 9_600 },
    ]);
    const terminals = running.ports.map(({ path }) => readlinkSync(path));
    expect(new Set(terminals).size).toBe(3);
    await running.stop();
    expect(running.ports.some(({ path }) => existsSync(path))).toBe(false);
  });

  it(
    "is at work within half a minute: punches, connected PCs, and an address changed by hand",
    async () => {
      const { told, running } = await openHall();
      await vi.waitFor(() => {
        expect(running.office()).toMatchObject({ pcs: 6, connected: 6, pending: 0 });
        expect(told.filter((event) => event === "punch").length).toBeGreaterThan(3);
        expect(told).toContain("happened");
      }, WAIT);
      expect(running.punches().length).toBeGreaterThanOrEqual(told.filter((event) => event === "punch").length);
      const changes = centre
        .received("up")
        .flatMap(({ message }) => message.records as { kind: string }[])
        .filter(({ kind }) => kind === "ip-change");
      expect(changes).toHaveLength(1);
    },
    TEST_MS_MAX,
  );
});
