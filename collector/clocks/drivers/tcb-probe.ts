/** Finds the rate at which a TC_B clock answers: only identification is asked for, at one rate after another. */
import { isAppError } from "../../../protocol/errors.ts";
import type { Log } from "../../../protocol/log.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { Line } from "../line/line.ts";
import type { ClockIdentity } from "./driver.ts";
import { DEFAULT_TIMING, TcbBus } from "./tcb-bus.ts";
import { TcbDriver } from "./tcb-driver.ts";

/** The likeliest first. */
export const PROBE_BAUDS = [9_600, 115_200, 57_600, 38_400, 19_200, 4_800, 2_400] as const;
/** A clock that hears the question answers it much sooner. */
const THINK_MS = 400;

export interface ProbeDeps {
  openLine(baud: number): Line;
  clock: Clock;
  log: Log;
}

export interface Probed {
  baud: number;
  identity: ClockIdentity;
}

/** Undefined when the clock answers at none of the rates. Rejects with the line's codes when the port cannot be used. */
export async function probeTcb(device: number, bauds: readonly number[], deps: ProbeDeps): Promise<Probed | undefined> {
  for (const baud of bauds) {
    const identity = await identifyAt(device, baud, deps);
    if (identity) return { baud, identity };
  }
  return undefined;
}

async function identifyAt(device: number, baud: number, deps: ProbeDeps): Promise<ClockIdentity | undefined> {
  const { clock, log } = deps;
  const bus = new TcbBus({ ...DEFAULT_TIMING, baud, thinkMs: THINK_MS }, { line: deps.openLine(baud), clock, log });
  const driver = new TcbDriver(device, bus);
  await driver.open();
  try {
    return await driver.identify();
  } catch (error) {
    if (isAppError(error, "clock-silent") || isAppError(error, "clock-bad-answer")) return undefined;
    throw error;
  } finally {
    await driver.close();
  }
}
