/** Chooses how the pseudo terminal is made: through the C library, or else through socat. */
import { lstatSync } from "node:fs";
import { AppError, isAppError } from "../../protocol/errors.ts";
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import { loadLibc } from "./libc.ts";
import type { VirtualPort } from "./port.ts";
import { PtyPort } from "./pty-port.ts";
import { SocatPort } from "./socat-port.ts";

/** A port at `path`, not yet plugged in. Throws AppError `port-path` when something else than an old link is there. */
export async function openVirtualPort(path: string, deps: { clock: Clock; log: Log }): Promise<VirtualPort> {
  assertReplaceable(path);
  try {
    return new PtyPort(path, { ...deps, libc: await loadLibc() });
  } catch (error) {
    if (!isAppError(error, "no-libc")) throw error;
    deps.log.warn({ path }, "falling back to socat: the line's rate cannot be checked");
    return new SocatPort(path, deps);
  }
}

/** A link left by a simulator that was killed may go; a file of somebody's may not. */
function assertReplaceable(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found && !found.isSymbolicLink()) throw new AppError("port-path", `${path} exists and is not a link`);
}
