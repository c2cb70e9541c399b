/** From signs of change to held changes: looks at the adapters once signs come, lets the hold machine judge, reports what held. */
import type { Log } from "../../protocol/log.ts";
import type { Adapter } from "../../protocol/messages/records/posture.ts";
import type { Clock } from "../../protocol/time.ts";
import { type HeldChange, type HoldLimits, type HoldState, nextRelease, observe, release, startHold } from "./hold.ts";

/** Signs come in bursts; one look serves those within this time. */
export const SETTLE_MS = 300;
/** Looks that find nothing new (busy routing tables) space out up to this. */
export const LOOK_GAP_MAX_MS = 4_000;
/** After a look that could not be made. */
const LOOK_AGAIN_MS = 2_000;

export interface NetworkWatchDeps {
  clock: Clock;
  log: Log;
  /** The adapters as they are; undefined when they could not be read. */
  look: () => Promise<Adapter[] | undefined>;
  /** Read at each use, so that a new setting counts at once. */
  limits: () => HoldLimits;
  /** Called with changes that held; `nowMs` is monotonic, as `sinceMs` of the changes. */
  report: (changes: HeldChange[], nowMs: number) => Promise<void>;
}

export interface NetworkWatch {
  /** Something may have changed. */
  sign(): void;
  /** True while a change is being held: the adapters' present form is not yet believed. */
  holding(): boolean;
  stop(): void;
}

/** @param baseline The adapters as last reported. */
export function watchNetwork(baseline: readonly Adapter[], deps: NetworkWatchDeps): NetworkWatch {
  const { clock, log } = deps;
  let state: HoldState = startHold(baseline);
  let gapMs = SETTLE_MS;
  let cancelLook: (() => void) | undefined;
  let cancelRelease: (() => void) | undefined;
  let looking = false;
  let signed = false;
  let stopped = false;
  let earliestMs = 0;

  function schedule(): void {
    cancelRelease?.();
    const dueMs = nextRelease(state, deps.limits());
    cancelRelease = dueMs === undefined ? undefined : clock.after(Math.max(dueMs, earliestMs) - clock.monotonic(), run);
  }

  async function lookOnce(): Promise<void> {
    const before = state;
    const adapters = await deps.look();
    if (stopped) return;
    const nowMs = clock.monotonic();
    if (adapters === undefined) {
      earliestMs = nowMs + LOOK_AGAIN_MS;
      return;
    }
    state = observe(before, adapters, nowMs);
    gapMs = state.pending.size > 0 || before.pending.size > 0 ? SETTLE_MS : Math.min(gapMs * 2, LOOK_GAP_MAX_MS);
    // The time is looked at after the adapters: what is released has just been seen.
    const released = release(state, deps.limits(), nowMs);
    state = released.state;
    if (released.changes.length > 0) await deps.report(released.changes, nowMs);
  }

  function run(): void {
    if (looking || stopped) return;
    looking = true;
    signed = false;
    lookOnce()
      .catch((error: unknown) => {
        earliestMs = clock.monotonic() + LOOK_AGAIN_MS;
        log.error({ error }, "looking at the network failed");
      })
      .finally(() => {
        looking = false;
        if (stopped) return;
        schedule();
        if (signed) sign();
      });
  }

  function sign(): void {
    signed = true;
    if (looking || stopped || cancelLook) return;
    cancelLook = clock.after(gapMs, () => {
      cancelLook = undefined;
      run();
    });
  }

  return {
    sign,
    holding: () => state.pending.size > 0,
    stop() {
      stopped = true;
      cancelLook?.();
      cancelRelease?.();
    },
  };
}
