/** Asks for enrolment until it is granted. Refusals are asked again too, slowly: an officer may change his mind, a token may be renewed. */
import type { KeyObject } from "node:crypto";
import { backoff } from "../delivery/backoff.ts";
import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Clock, Random } from "../time.ts";
import { requestEnrolment } from "./enrol.ts";
import { type Identity, storeIdentity } from "./identity.ts";
import type { SourceOptions, SourceState } from "./source.ts";

const FIRST_WAIT_MS = 2000;

export interface EnrollingDeps {
  clock: Clock;
  random: Random;
  log: Log;
  onState(state: SourceState["enrolment"]): void;
  onGranted(identity: Identity): void;
}

/** Returns the function that gives up. */
export function startEnrolling(options: SourceOptions, key: KeyObject, deps: EnrollingDeps): () => void {
  const waits = backoff({ random: deps.random, firstMs: FIRST_WAIT_MS });
  let cancel = () => {};
  let isStopped = false;
  let last: string | undefined;

  async function ask(): Promise<void> {
    const answer = await askOnce(options, key, deps);
    if (isStopped) return;
    if (answer.identity) return deps.onGranted(answer.identity);
    const { state } = answer;
    if (state.state === "waiting" && last !== "waiting") {
      deps.log.warn({ enrolment: state.enrolment }, "not enrolled until an officer approves");
    }
    last = state.state;
    deps.onState(state);
    cancel = deps.clock.after(answer.waitMs ?? waits.next().value, () => void ask());
  }

  void ask();
  return () => {
    isStopped = true;
    cancel();
  };
}

type Asked =
  | { identity: Identity }
  | { identity?: undefined; state: SourceState["enrolment"]; waitMs?: number | undefined };

/** Never rejects. What was granted but could not be stored counts as not granted: asked again with the same key it is granted again. */
async function askOnce(options: SourceOptions, key: KeyObject, { log }: EnrollingDeps): Promise<Asked> {
  const { centre, home, machine } = options;
  if (!centre) throw new AppError("not-enrolled", "no centre is named to enrol at");
  try {
    const answer = await requestEnrolment(centre, key, options);
    if (answer.state === "waiting") {
      return { state: { state: "waiting", enrolment: answer.enrolment }, waitMs: answer.retryAfterMs };
    }
    const identity = { ...answer.identity, machine };
    await storeIdentity(home, identity);
    return { identity };
  } catch (error) {
    const code = error instanceof AppError ? error.code : "identity-not-stored";
    log.warn({ code, err: (error as Error).message }, "enrolment failed");
    const isPassing = ["unreachable", "bad-response", "identity-not-stored"].includes(code);
    return { state: { state: isPassing ? "unreachable" : "refused", code } };
  }
}

export function enrolledState({ source, site, expiresAt }: Identity): SourceState["enrolment"] {
  return { state: "enrolled", source, site, expiresAt };
}
