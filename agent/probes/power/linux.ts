/** The power part on Linux. */
import type { Parts } from "../../../protocol/messages/records/posture.ts";
import { instantOf } from "../dates.ts";
import { dated } from "../facts.ts";
import type { Probe, ProbeContext } from "../probe.ts";
import type { Boot } from "./history.ts";
import { readLinuxHistory } from "./linux-history.ts";

export const linuxPower: Probe<"power"> = async (context) => {
  const { os, facts } = context;
  const history = await readLinuxHistory(os);
  const fastStartup = facts.unknown("not-supported", "a Windows feature");
  if (!history.ok) {
    const failed = facts.failed(history);
    return { bootId: failed, bootedAt: failed, previousStop: failed, fastStartup };
  }
  const running = history.boots.at(-1) as Boot;
  return {
    bootId: facts.known(running.bootId ?? "", "/proc/sys/kernel/random/boot_id", "os-record"),
    bootedAt: dated(facts, instantOf(running.startedMs, os.now()), "/proc/stat btime", "os-record"),
    previousStop: previousStop(history.boots.at(-2), context),
    fastStartup,
  };
};

function previousStop(boot: Boot | undefined, { os, facts }: ProbeContext): Parts["power"]["previousStop"] {
  if (!boot?.stop) return facts.unknown("not-recorded", "no log reaches back beyond this boot", "wtmp, journal");
  const { clean, atMs, source } = boot.stop;
  const at = atMs === undefined ? undefined : instantOf(atMs, os.now());
  return facts.known({ clean, ...(at?.ok && { at: at.instant }) }, source, "os-record");
}
