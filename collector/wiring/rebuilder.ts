/** One rebuild of the projections at a time in a running collector, and how far it has come. */
import { isAppError } from "../../protocol/errors.ts";
import type { Log } from "../../protocol/log.ts";
import type { Projector } from "../projections/runner.ts";

export interface RebuildState {
  state: "never" | "running" | "done" | "failed";
  /** Ids of the last record applied and of the last to apply. */
  done: number;
  total: number;
  /** Why it failed. */
  code?: string;
}

export interface Rebuilder {
  /** Begins one, unless one is under way. */
  begin(): RebuildState;
  state(): RebuildState;
}

export function createRebuilder(projector: Pick<Projector, "rebuild">, log: Log): Rebuilder {
  let state: RebuildState = { state: "never", done: 0, total: 0 };

  async function rebuild(): Promise<void> {
    state = { state: "running", done: 0, total: 0 };
    try {
      await projector.rebuild({ onProgress: (done, total) => (state = { state: "running", done, total }) });
      state = { ...state, state: "done" };
    } catch (error) {
      log.error({ err: error }, "the rebuild failed; it goes on by itself");
      state = { ...state, state: "failed", code: isAppError(error) ? error.code : "internal" };
    }
  }

  return {
    state: () => state,
    begin() {
      if (state.state !== "running") void rebuild();
      return state;
    },
  };
}
