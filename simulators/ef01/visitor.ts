/** Somebody who lays a finger on a module, waits for the green light, and lifts it; whoever sees red tries again. */
import type { Clock } from "../../protocol/time.ts";
import type { FingerModule, Light } from "./module.ts";

/** Nobody holds a finger down for longer. */
const PATIENCE_MS = 8_000;
/** From the green light to the lifted finger. */
const LIFT_MS = 400;

export interface Visit {
  finger: number;
  /** ms since 1970. */
  from: number;
  until: number;
  /** A visit without a green light is none: the person knows that nothing was recorded. */
  sawGreen: boolean;
}

export async function visit(module: FingerModule, finger: number, clock: Clock): Promise<Visit> {
  const from = clock.now();
  module.layOn(finger);
  const sawGreen = await greenLight(module, clock);
  if (sawGreen) await new Promise<void>((resolve) => clock.after(LIFT_MS, resolve));
  module.lift();
  return { finger, from, until: clock.now(), sawGreen };
}

function greenLight(module: FingerModule, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (sawGreen: boolean) => {
      cancel();
      module.onLight = () => {};
      resolve(sawGreen);
    };
    const cancel = clock.after(PATIENCE_MS, () => end(false));
    module.onLight = (light: Light) => {
      if (light === "green") end(true);
    };
  });
}
