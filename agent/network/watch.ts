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
  /**
   * Called with changes that held, and all adapters as they are believed now (others may still be held back). `nowMs` is
   * monotonic, as `sinceMs` of the changes.
   */
  report: (changes: HeldChange[], believed: Adapter[], nowMs: number) => Promise<void>;
}

export class NetworkWatch {
  readonly #deps: NetworkWatchDeps;
  #state: HoldState;
  #gapMs = SETTLE_MS;
  #cancelLook: (() => void) | undefined;
  #cancelRelease: (() => void) | undefined;
  #isLooking = false;
  #isSigned = false;
  #isStopped = false;
  #earliestMs = 0;

  /** @param baseline The adapters as last reported. */
  constructor(baseline: readonly Adapter[], deps: NetworkWatchDeps) {
    this.#deps = deps;
    this.#state = startHold(baseline);
  }

  /** Something may have changed. */
  sign(): void {
    this.#isSigned = true;
    if (this.#isLooking || this.#isStopped || this.#cancelLook) return;
    this.#cancelLook = this.#deps.clock.after(this.#gapMs, () => {
      this.#cancelLook = undefined;
      this.#run();
    });
  }

  /** True while a change is being held: the adapters' present form is not yet believed. */
  holding(): boolean {
    return this.#state.pending.size > 0;
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelLook?.();
    this.#cancelRelease?.();
  }

  #run(): void {
    if (this.#isLooking || this.#isStopped) return;
    this.#isLooking = true;
    this.#isSigned = false;
    this.#look()
      .catch((error: unknown) => {
        this.#lookLater();
        this.#deps.log.error({ error }, "looking at the network failed");
      })
      .finally(() => {
        this.#isLooking = false;
        if (this.#isStopped) return;
        this.#schedule();
        if (this.#isSigned) this.sign();
      });
  }

  async #look(): Promise<void> {
    const before = this.#state;
    const adapters = await this.#deps.look();
    if (this.#isStopped) return;
    if (adapters === undefined) return this.#lookLater();
    // The time is taken after the adapters were read: what is released has just been seen.
    const nowMs = this.#deps.clock.monotonic();
    const seen = observe(before, adapters, nowMs);
    const isQuiet = seen.pending.size === 0 && before.pending.size === 0;
    this.#gapMs = isQuiet ? Math.min(this.#gapMs * 2, LOOK_GAP_MAX_MS) : SETTLE_MS;
    const { state, changes } = release(seen, this.#deps.limits(), nowMs);
    this.#state = state;
    if (changes.length > 0) await this.#deps.report(changes, [...state.known.values()], nowMs);
  }

  #lookLater(): void {
    this.#earliestMs = this.#deps.clock.monotonic() + LOOK_AGAIN_MS;
  }

  #schedule(): void {
    const { clock, limits } = this.#deps;
    this.#cancelRelease?.();
    this.#cancelRelease = undefined;
    const dueMs = nextRelease(this.#state, limits());
    if (dueMs === undefined) return;
    this.#cancelRelease = clock.after(Math.max(dueMs, this.#earliestMs) - clock.monotonic(), () => this.#run());
  }
}
