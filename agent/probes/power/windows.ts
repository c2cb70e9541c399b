/** The power part on Windows. Not yet run on Windows. */
import type { Fact } from "../../../protocol/messages/fact.ts";
import type { Parts } from "../../../protocol/messages/records/posture.ts";
import type { Probe, ProbeContext } from "../probe.ts";
import { numberOf } from "../windows/reg-query.ts";
import { findRegistryValues } from "../windows/registry.ts";
import { foldPowerEvents, type PowerEvent } from "./windows-events.ts";
import { readPowerEvents } from "./windows-log.ts";

const PREFETCH = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management\\PrefetchParameters";
const POWER = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Power";
const LOG = "event log System";

export const windowsPower: Probe<"power"> = async (context) => {
  const { os, facts } = context;
  const log = await readPowerEvents(os);
  const told = log.ok ? foldPowerEvents(log.events) : [];
  const booted = told.findLast(({ body }) => body.event === "boot");
  const missing = log.ok ? facts.unknown("not-recorded", undefined, LOG) : facts.failed(log, LOG);
  const boots = await readNumber(context, PREFETCH, "BootId");
  const fast = await readNumber(context, POWER, "HiberbootEnabled");
  return {
    bootId: "value" in boots ? { ...boots, value: String(boots.value) } : boots,
    bootedAt: booted ? facts.known(booted.at, LOG, "os-record") : missing,
    previousStop: previousStop(told, context) ?? missing,
    fastStartup: "value" in fast ? { ...fast, value: fast.value === 1 } : fast,
  };
};

function previousStop(
  told: readonly PowerEvent[],
  { facts }: ProbeContext,
): Parts["power"]["previousStop"] | undefined {
  const stop = told.findLast(({ body }) => body.event === "shutdown" || body.event === "unexpected-shutdown");
  if (!stop) return undefined;
  const clean = stop.body.event === "shutdown";
  // An unexpected end is only noticed at the next boot: its own time is not known.
  return facts.known({ clean, ...(clean && { at: stop.at }) }, LOG, "os-record");
}

async function readNumber({ os, facts }: ProbeContext, key: string, name: string): Promise<Fact<number>> {
  const found = await findRegistryValues(os, key, name);
  if (!found.ok) return facts.failed(found, `${key}\\${name}`);
  const number = numberOf(found.values[0]);
  if (number === undefined) return facts.unknown("unreadable", found.values[0]?.data, `${key}\\${name}`);
  return facts.known(number, `${key}\\${name}`, "os-record");
}
