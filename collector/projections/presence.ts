/** Presence of PCs, and the centre's own absence. */

import type { ComplianceSettings } from "../compliance/settings.ts";
import type { DecisionBody } from "../registry/decisions.ts";
import { setDeadline } from "./judge.ts";
import type { Machine } from "./machine-state.ts";
import type { Outbox } from "./outbox.ts";
import { DEAF_SPANS_MAX, peers, type World } from "./world.ts";

/** After its start the centre waits so long for sources to come back and empty their journals before it judges by the clock. */
export const START_SETTLE_MS = 120_000;
/** A source that was there before the centre's absence and is called lost within this time of its start was never heard again. */
const RETURN_WINDOW_MS = 600_000;

/** The PCs whose verdicts may differ now. */
export function applyPresence(
  world: World,
  { source, state, cause, address, offsetMs }: DecisionBody<"presence">,
  now: number,
  outbox: Outbox,
  settings: ComplianceSettings,
): Machine[] {
  const machine = world.machines.get(world.sourceIds.get(source) ?? Number.NaN);
  if (!machine) return [];
  const isUnwitnessed = state === "lost" && wasNeverHeardAgain(world, machine, now, settings);
  setPresence(machine, isUnwitnessed ? "unknown" : state, cause ?? null, now, settings);
  if (state !== "lost" && address !== undefined) machine.seenAddress = address;
  if (state !== "lost" && offsetMs !== null) machine.offsetMs = offsetMs;
  outbox.machine(machine.sourceId, now);
  return [machine, ...peers(world, machine)];
}

export function setPresence(
  machine: Machine,
  state: Machine["presence"],
  cause: string | null,
  now: number,
  { bridgeMinutes }: ComplianceSettings,
): void {
  const { memory } = machine;
  const wasOnline = machine.presence === "online";
  if (state === "online") {
    const isBridged = wasOnline || (memory.offlineAt !== null && now - memory.offlineAt <= bridgeMinutes * 60_000);
    if (!isBridged || memory.onlineSince === null) memory.onlineSince = now;
  } else if (wasOnline) memory.offlineAt = state === "unknown" ? memory.heardAt : now;
  // It was there until it was believed lost; of one that nobody watched that cannot be said.
  if (state !== "unknown" && (state !== "lost" || wasOnline)) memory.heardAt = now;
  if (machine.presence === state && machine.presenceCause === cause) return;
  if (machine.presence !== state) machine.presenceAt = now;
  machine.presence = state;
  machine.presenceCause = cause;
}

/**
 * The centre listens again. Deadlines that fell into its absence are put off until the sources had time to come back;
 * the absence itself counts for no silence.
 */
export function applyCentreStarted(
  world: World,
  { silentSince }: DecisionBody<"centre.started">,
  now: number,
  outbox: Outbox,
): Machine[] {
  if (silentSince === null || silentSince >= now) return [];
  world.deaf = [...world.deaf, { from: silentSince, to: now }].slice(-DEAF_SPANS_MAX);
  outbox.deaf = true;
  for (const machine of world.machines.values()) {
    const recheckAt = now + START_SETTLE_MS;
    if (machine.presence === "online")
      machine.memory.heardAt = Math.min(machine.memory.heardAt ?? silentSince, silentSince);
    if (machine.dueAt !== null && machine.dueAt < recheckAt) machine.memory.recheckAt = recheckAt;
    setDeadline(world, machine);
    outbox.machine(machine.sourceId);
  }
  return [];
}

function wasNeverHeardAgain(
  world: World,
  machine: Machine,
  now: number,
  { bridgeMinutes }: ComplianceSettings,
): boolean {
  const absence = world.deaf.at(-1);
  if (!absence || absence.to - absence.from <= bridgeMinutes * 60_000) return false;
  return now - absence.to <= RETURN_WINDOW_MS && (machine.memory.heardAt ?? 0) < absence.to;
}
