/** How long a source waits before its first connect: ten thousand PCs are switched on within the same minutes. */
import { createHash } from "node:crypto";
import { hostOf, isLoopback } from "./broker-socket.ts";
import type { Identity } from "./identity.ts";
import type { SourceOptions } from "./source.ts";

const FIRST_CONNECT_SPREAD_MS = 60_000;

/** A share of the spread in ms, always the same for one machine; 0 where broker or centre is this machine itself. */
export function firstDelayMs(options: SourceOptions, identity: Identity | undefined): number {
  const address = options.broker ?? identity?.broker ?? options.centre?.url ?? "";
  if (URL.canParse(address) && isLoopback(hostOf(new URL(address)))) return 0;
  const share = createHash("sha256").update(options.machine).digest().readUInt32BE(0) / 2 ** 32;
  return Math.round(share * (options.firstConnectSpreadMs ?? FIRST_CONNECT_SPREAD_MS));
}
