/** What an agent reports about its PC, applied to the PC's state. */
import type { IpChangeBody, PowerBody } from "../../protocol/messages/records/agent-events.ts";
import type { PostureBody } from "../../protocol/messages/records/posture.ts";
import type { ComplianceSettings } from "../compliance/settings.ts";
import type { LogRecord } from "./log-record.ts";
import type { Machine } from "./machine-state.ts";
import type { Outbox } from "./outbox.ts";
import { applyIpChange, applyPosture, applyPower } from "./posture.ts";
import { setPresence } from "./presence.ts";
import { heldBy, machineOf, peers, type World } from "./world.ts";

/** The PCs whose verdicts may differ now: this one, and those that share an address with it. */
export function applyAgentRecord(
  world: World,
  record: LogRecord,
  outbox: Outbox,
  settings: ComplianceSettings,
): Machine[] {
  const { sourceId, committedAt: now } = record;
  const machine = machineOf(world, sourceId, now, outbox);
  if (!machine) return [];
  const before = heldBy(machine);
  hear(machine, record, settings);
  const isTold = applyBody(machine, record, settings);
  outbox.machine(sourceId, isTold ? now : undefined);
  if (record.kind === "posture" && Object.values(machine.parts).some(({ stale }) => stale))
    outbox.stale.add(machine.name);
  return [machine, ...peers(world, machine, moveHolder(world, machine, before))];
}

function hear(machine: Machine, { committedAt, address, offsetMs }: LogRecord, settings: ComplianceSettings): void {
  machine.lastRecordAt = committedAt;
  machine.memory.heardAt = committedAt;
  if (address !== null) machine.seenAddress = address;
  if (offsetMs !== null) machine.offsetMs = offsetMs;
  // Nothing was said of its presence, and yet it speaks.
  if (machine.presence === "unknown") setPresence(machine, "online", null, committedAt, settings);
}

function applyBody(
  machine: Machine,
  { kind, at, committedAt, body }: LogRecord,
  settings: ComplianceSettings,
): boolean {
  switch (kind) {
    case "posture":
      applyPosture(machine, JSON.parse(body) as PostureBody, committedAt, settings);
      return true;
    case "ip-change":
      applyIpChange(machine, JSON.parse(body) as IpChangeBody, at, committedAt, settings);
      return true;
    case "power":
      applyPower(machine, JSON.parse(body) as PowerBody, at, committedAt);
      return true;
    default:
      return false;
  }
}

/** Keeps the index of addresses; the addresses that were given up or taken. */
function moveHolder(world: World, machine: Machine, before: Set<string>): string[] {
  const after = heldBy(machine);
  const left = [...before].filter((address) => !after.has(address));
  const taken = [...after].filter((address) => !before.has(address));
  for (const address of left) world.holders.delete(address, machine.sourceId);
  for (const address of taken) world.holders.add(address, machine.sourceId);
  return [...left, ...taken];
}
