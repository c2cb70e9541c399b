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

/** Returns the function that gives up; it resolves when nothing more is written to the folder. */
export function startEnrolling(options: SourceOptions, key: KeyObject, deps: EnrollingDeps): () => Promise<void> {
  const waits = backoff({ random: deps.random, firstMs: FIRST_WAIT_MS });
  let cancel = () => {};
  let isStopped = false;
  let last: string | undefined;
  let storing: Promise<void> = Promise.resolve();

  /** One that was stopped does not store what it is granted: asked again with the same key it is granted again. */
  async function store(identity: Identity): Promise<void> {
    if (isStopped) return;
    const stored = storeIdentity(options.home, identity);
    storing = stored.catch(() => {});
    await stored;
  }

  async function ask(): Promise<void> {
    const answer = await askOnce({ options, key, log: deps.log, store });
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
    return storing;
  };
}

type Asked =
  | { identity: Identity }
  | { identity?: undefined; state: SourceState["enrolment"]; waitMs?: number | undefined };

interface Asking {
  options: SourceOptions;
  key: KeyObject;
  log: Log;
  store(identity: Identity): Promise<void>;
}

/** Never rejects. What was granted but could not be stored counts as not granted: asked again with the same key it is granted again. */
async function askOnce({ options, key, log, store }: Asking): Promise<Asked> {
  const { centre, machine } = options;
  if (!centre) throw new AppError("not-enrolled", "no centre is named to enrol at");
  try {
    const answer = await requestEnrolment(centre, key, options);
    if (answer.state === "waiting") {
      return { state: { state: "waiting", enrolment: answer.enrolment }, waitMs: answer.retryAfterMs };
    }
    const identity = { ...answer.identity, machine };
    await store(identity);
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
