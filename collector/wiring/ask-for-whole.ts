/** The centre knows a part of a posture by its hash alone: the agent is asked for the whole. */
import { randomUUID } from "node:crypto";
import type { Log } from "../../protocol/log.ts";
import type { Down } from "../../protocol/messages/envelope.ts";
import { CONTRACT_VERSION } from "../../protocol/messages/limits.ts";
import { addressOf } from "../../protocol/messages/topics.ts";
import { type Clock, formatInstant } from "../../protocol/time.ts";
import type { Broker } from "../broker/port.ts";

const ASK_EXPIRES_MS = 10 * 60 * 1000;

/** An agent that is away misses it, and tells the whole tomorrow. */
export function askForWhole(
  source: string,
  site: string,
  { broker, clock, log }: { broker: Broker; clock: Clock; log: Log },
): void {
  const message: Down = {
    v: CONTRACT_VERSION,
    type: "command",
    id: randomUUID(),
    command: "collect-now",
    expiresAt: formatInstant(clock.now() + ASK_EXPIRES_MS),
  };
  broker
    .publish({ ...addressOf(site, source), channel: "down" }, JSON.stringify(message))
    .catch((error: Error) => log.debug({ source, err: error.message }, "could not ask for a whole posture"));
}
