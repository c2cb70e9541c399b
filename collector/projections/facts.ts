/** From a PC in memory to the facts and the context that rules judge it by. */
import type { PartName } from "../../protocol/messages/records/posture.ts";
import type { WorkingHours } from "../calendar/working-hours.ts";
import type { Facts, GrantFact, HeldAddress } from "../compliance/facts.ts";
import type { Context, Holder } from "../compliance/rule.ts";
import type { ComplianceSettings } from "../compliance/settings.ts";
import type { Machine, StoredPart } from "./machine-state.ts";
import type { World } from "./world.ts";

export function factsOf(world: World, machine: Machine): Facts {
  const { memory, pc } = machine;
  return {
    source: machine.name,
    hostname: machine.hostname ?? machine.name,
    revoked: memory.revoked,
    pc: { state: pc.state, role: pc.role, firstSeenAt: pc.first_seen_at },
    presence: {
      state: machine.presence,
      at: machine.presenceAt,
      cause: machine.presenceCause,
      onlineSince: memory.onlineSince,
      heardAt: memory.heardAt,
    },
    parts: knownParts(machine.parts),
    offsetMs: machine.offsetMs,
    addresses: machine.addresses,
    seenAddress: machine.seenAddress,
    declared: memory.declared ?? [],
    previous: memory.previous,
    changedAt: memory.changedAt,
    held: memory.held,
    heldSeconds: memory.heldSeconds,
    grants: grantsOf(world, machine),
    everGranted: memory.everGranted,
    power: machine.power,
    duplicate: memory.duplicate,
    pendingSecuritySince: memory.pendingSecuritySince,
  };
}

export function contextOf(
  world: World,
  machine: Machine,
  now: number,
  { settings, hours }: { settings: ComplianceSettings; hours: WorkingHours },
): Context {
  return {
    now,
    hours,
    settings,
    deaf: world.deaf,
    holders: (address) => holdersOf(world, machine, address),
    grantedTo: (address, day) => grantedTo(world, machine, address, day),
  };
}

function knownParts(parts: Machine["parts"]): Facts["parts"] {
  const known = Object.entries(parts) as [PartName, StoredPart][];
  return Object.fromEntries(
    known
      .filter(([, { stale, content }]) => !stale && content !== null)
      .map(([name, { content, collectedAt }]) => [name, { content, collectedAt }]),
  );
}

function grantsOf(world: World, { grants }: Machine): GrantFact[] {
  return [...grants].flatMap((id) => {
    const grant = world.grants.get(id);
    if (!grant || grant.row.revoked_at !== null) return [];
    const { from_date, to_date, reference } = grant.row;
    return [{ id, block: grant.block, from: from_date, to: to_date, reference }];
  });
}

/** PCs online with the address in the same network: other zones, and simulated PCs beside real ones, are other networks. */
function holdersOf(world: World, machine: Machine, address: string): Holder[] {
  return world.holders.get(address).flatMap((id) => {
    const other = world.machines.get(id);
    if (!other || id === machine.sourceId || !isSameNetwork(machine, other)) return [];
    const { name, hostname, addresses } = other;
    return [{ source: name, hostname: hostname ?? name, mac: macAt(addresses, address) }];
  });
}

function isSameNetwork(machine: Machine, other: Machine): boolean {
  const isInService = !other.memory.revoked && other.pc.state !== "retired" && other.presence === "online";
  return isInService && other.pc.zone === machine.pc.zone && other.memory.simulated === machine.memory.simulated;
}

function macAt(addresses: HeldAddress[] | null, address: string): string | null {
  return addresses?.find((held) => held.address === address)?.mac ?? null;
}

function grantedTo(world: World, machine: Machine, address: string, day: string): string[] {
  return world.grantsByAddress.get(address).flatMap((id) => {
    const row = world.grants.get(id)?.row;
    if (!row || row.source_id === machine.sourceId || row.revoked_at !== null) return [];
    if (row.from_date > day || (row.to_date !== null && row.to_date < day)) return [];
    return [world.sources.get(row.source_id)?.name ?? String(row.source_id)];
  });
}
