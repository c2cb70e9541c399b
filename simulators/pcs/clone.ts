/** A cloned disk: another machine speaks with the key, the certificate and the journal's epoch of a PC that is there already. */
import { createHash } from "node:crypto";
import { connectAsync } from "mqtt";
import { AppError } from "../../protocol/errors.ts";
import type { Hello } from "../../protocol/messages/envelope.ts";
import { addressOf, formatTopic } from "../../protocol/messages/topics.ts";
import { formatInstant } from "../../protocol/time.ts";
import { openKey, readIdentity } from "../../protocol/uplink/identity.ts";
import { SIMULATED_AGENT } from "./office-pc.ts";

const CONNECT_TIMEOUT_MS = 15_000;
const KEEPALIVE_SECONDS = 60;

export interface CloneOptions {
  /** The folder of the PC that was cloned. */
  home: string;
  epoch: string;
  machine: string;
  broker?: string;
}

/**
 * Says hello once as the copy and goes. Resolves when the broker has it. Throws AppError `not-enrolled` when there is nothing
 * to clone yet, `clone-failed` when the broker does not take it.
 */
export async function helloFromClone({ home, epoch, machine, broker }: CloneOptions, now: number): Promise<void> {
  const identity = await readIdentity(home);
  if (!identity) throw new AppError("not-enrolled", `${home} holds no identity yet`);
  const key = (await openKey(home)).export({ format: "pem", type: "pkcs8" });
  const { source, site, certificate, ca } = identity;
  const hello: Hello = {
    v: 1,
    epoch,
    oldest: 1,
    newest: 1,
    acked: 0,
    machine: otherMachine(machine),
    agent: SIMULATED_AGENT,
    sentAt: formatInstant(now),
    simulated: true,
  };
  try {
    const client = await connectAsync(broker ?? identity.broker, {
      clientId: `${source}/clone`,
      protocolVersion: 4,
      clean: true,
      keepalive: KEEPALIVE_SECONDS,
      reconnectPeriod: 0,
      connectTimeout: CONNECT_TIMEOUT_MS,
      ca,
      cert: certificate,
      key,
    });
    client.on("error", () => {});
    await client.publishAsync(formatTopic(addressOf(site, source), "hello"), JSON.stringify(hello), { qos: 1 });
    await client.endAsync();
  } catch (cause) {
    throw new AppError("clone-failed", `the clone of ${source} could not say hello`, { cause });
  }
}

/** The hardware of the second machine, always the same for one PC. */
function otherMachine(machine: string): string {
  return createHash("sha256").update(`clone of ${machine}`).digest("hex").slice(0, 16);
}
