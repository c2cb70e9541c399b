/**
 * A clock behind a USB bridge whose plug is pulled again and again, at seeded moments, while people punch: real node-hid on a virtual
 * bus, and each punch there once.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import type { Random } from "../../../protocol/time.ts";
import { ClockProcess } from "../../../simulators/clock/client.ts";
import { compareWithLedger, type LedgerComparison } from "../../../simulators/clock/ledger.ts";
import { BRIDGE_MODELS, type BridgeName } from "../../../simulators/hid/bridge-models.ts";
import type { KernelDevice } from "../../../simulators/hid/kernel-device.ts";
import { type HidReader, startHidReader } from "./reader-client.ts";

const BAUD = 57_600;
const DEVICE = 1;
const BRIDGE_SERIAL = "0089A1F3";
const USERS = Array.from({ length: 40 }, (_, index) => 1_001 + index);
/** Between two pulls, so that some come in the middle of identification, of a download, or of nothing. */
export const PLUGGED_MS_MAX = 2_500;
const AWAY_MS_MAX = 900;
const GROUP_MAX = 4;
const ONLINE_MS_MAX = 30_000;
const CATCH_UP_MS_MAX = 60_000;
/** Polls more: one that doubles or invents shows itself then. */
const SETTLE_MS = 1_500;
const LOOK_MS = 50;

export interface HidScenario {
  seed: number;
  unplugs: number;
  bridge?: BridgeName;
  pluggedMsMax?: number;
  /** Through this computer's own kernel instead of the virtual bus. */
  inKernel?: KernelDevice | undefined;
}

export interface HidOutcome extends LedgerComparison {
  seed: number;
  unplugs: number;
  /** Times that the reader had to find the clock again. */
  reconnects: number;
  live: number;
  fromLog: number;
  seconds: number;
}

export async function run(scenario: HidScenario): Promise<HidOutcome> {
  const { seed, unplugs, bridge = "cp2110", pluggedMsMax = PLUGGED_MS_MAX, inKernel } = scenario;
  const startAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "dianmao-hid-"));
  const clock = await ClockProcess.start({
    path: folder,
    baud: BAUD,
    seed,
    clocks: [{ number: DEVICE, users: USERS, serial: `SIM-HID-${seed}` }],
    bridge: { name: bridge, serial: BRIDGE_SERIAL, ...(inKernel ? { inKernel } : {}) },
  });
  const reader = startHidReader(inKernel === undefined ? folder : undefined, {
    port: portOf(bridge),
    baud: BAUD,
    device: DEVICE,
  });
  try {
    await until(() => reader.events("online").length > 0, ONLINE_MS_MAX);
    await pullAgainAndAgain(clock, { unplugs, pluggedMsMax }, seededRandom(seed));
    const comparison = await waitForAll(clock, reader);
    const live = reader.punches().filter(({ via }) => via === "live").length;
    return {
      seed,
      unplugs,
      ...comparison,
      reconnects: reader.events("lost").length,
      live,
      fromLog: reader.punches().length - live,
      seconds: Math.round((performance.now() - startAt) / 1_000),
    };
  } finally {
    await reader.stop();
    await clock.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function portOf(bridge: BridgeName): string {
  const { vendorId, productId } = BRIDGE_MODELS[bridge];
  return `hid:${[vendorId, productId].map((id) => id.toString(16).padStart(4, "0")).join(":")}:${BRIDGE_SERIAL}`;
}

async function pullAgainAndAgain(
  clock: ClockProcess,
  { unplugs, pluggedMsMax }: { unplugs: number; pluggedMsMax: number },
  random: Random,
): Promise<void> {
  for (let pulled = 0; pulled < unplugs; pulled++) {
    await punchSome(clock, random);
    await pause(random() * pluggedMsMax);
    // As often as not the plug goes while a push is on the wire.
    if (random() < 0.5) await punchSome(clock, random);
    await clock.tell({ do: "unplug" });
    if (random() < 0.5) await punchSome(clock, random);
    await pause(random() * AWAY_MS_MAX);
    await clock.tell({ do: "plug" });
  }
  await punchSome(clock, random);
}

async function punchSome(clock: ClockProcess, random: Random): Promise<void> {
  const people = 1 + Math.floor(random() * GROUP_MAX);
  for (let person = 0; person < people; person++) {
    await clock.punch(USERS[Math.floor(random() * USERS.length)] ?? 0, { type: Math.floor(random() * 2) });
  }
}

async function waitForAll(clock: ClockProcess, reader: HidReader): Promise<LedgerComparison> {
  const made = await clock.ledger();
  await until(() => compareWithLedger(made, reader.punches()).missing.length === 0, CATCH_UP_MS_MAX);
  await pause(SETTLE_MS);
  return compareWithLedger(made, reader.punches());
}

/** Waits in vain without an error: what is missing is told by the comparison. */
async function until(condition: () => boolean, waitMsMax: number): Promise<void> {
  const deadline = performance.now() + waitMsMax;
  while (!condition() && performance.now() < deadline) await pause(LOOK_MS);
}
