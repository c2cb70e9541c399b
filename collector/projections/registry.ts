/** Enrolments, the register of computers and the IP ledger, from the decisions of the centre. */
import { parseBlock } from "../registry/address.ts";
import type { DecisionBody } from "../registry/decisions.ts";
import type { IpGrantTable } from "../store/schema.ts";
import type { LogRecord } from "./log-record.ts";
import type { Machine } from "./machine-state.ts";
import type { Outbox } from "./outbox.ts";
import { type Grant, machineOf, peers, type World } from "./world.ts";

/** An enrolment makes an identity good again: a new one has been given out. */
export function applyEnrolled(
  world: World,
  { source, kind, hostname }: DecisionBody<"source.enrolled">,
  now: number,
  outbox: Outbox,
): Machine[] {
  const id = world.sourceIds.get(source);
  if (id === undefined) return [];
  outbox.source(id, now);
  const machine = kind === "agent" ? machineOf(world, id, now, outbox) : undefined;
  if (!machine) return [];
  if (hostname) machine.hostname = hostname;
  Object.assign(machine.memory, { revoked: false, duplicate: null });
  outbox.machine(id, now);
  return [machine];
}

export function applyRevoked(
  world: World,
  { source }: DecisionBody<"source.revoked">,
  now: number,
  outbox: Outbox,
): Machine[] {
  return changeMemory(world, source, now, outbox, { revoked: true });
}

export function applyDuplicate(
  world: World,
  { source, epoch, detail, addresses }: DecisionBody<"source.duplicate">,
  now: number,
  outbox: Outbox,
): Machine[] {
  return changeMemory(world, source, now, outbox, { duplicate: { at: now, epoch, detail, addresses } });
}

export function applyRegistered(
  world: World,
  { source, state, unit, custodian, role, zone, note, by }: DecisionBody<"pc.registered">,
  now: number,
  outbox: Outbox,
): Machine[] {
  const machine = machineOf(world, world.sourceIds.get(source) ?? Number.NaN, now, outbox);
  if (!machine) return [];
  Object.assign(machine.pc, { state, unit, custodian, role, zone, note, decided_at: now, decided_by: by });
  outbox.pc(machine.sourceId, now);
  return [machine, ...peers(world, machine)];
}

/** The grant's id is the id of the record that granted it. */
export function applyGranted(
  world: World,
  record: LogRecord,
  { source, address, from, to, reference, by }: DecisionBody<"ip.granted">,
  outbox: Outbox,
): Machine[] {
  const sourceId = world.sourceIds.get(source);
  const block = parseBlock(address);
  if (sourceId === undefined || !block) return [];
  const row: IpGrantTable = {
    id: record.id,
    source_id: sourceId,
    address: block.text,
    from_date: from,
    to_date: to,
    reference,
    granted_by: by,
    granted_at: record.committedAt,
    revoked_at: null,
    revoked_by: null,
    revoke_reason: null,
  };
  const machine = machineOf(world, sourceId, record.committedAt, outbox);
  holdGrant(world, { row, block });
  if (machine) {
    machine.memory.everGranted = true;
    outbox.machine(sourceId, record.committedAt);
  }
  outbox.grants.add(row.id);
  return affected(world, machine, block.text);
}

export function applyRevokedGrant(
  world: World,
  { grant, by, reason }: DecisionBody<"ip.revoked">,
  now: number,
  outbox: Outbox,
): Machine[] {
  const known = world.grants.get(grant);
  if (!known || known.row.revoked_at !== null) return [];
  Object.assign(known.row, { revoked_at: now, revoked_by: by, revoke_reason: reason ?? null });
  const machine = world.machines.get(known.row.source_id);
  outbox.grants.add(grant);
  if (machine) outbox.machine(machine.sourceId, now);
  return affected(world, machine, known.block.text);
}

export function applySetting(
  world: World,
  { id, committedAt }: LogRecord,
  { key, value, by, reason }: DecisionBody<"setting.changed">,
  outbox: Outbox,
): void {
  world.settings[key] = value;
  outbox.settings.push({ id, key, value: JSON.stringify(value), decided_at: committedAt, decided_by: by, reason });
}

/** Puts a line of the ledger where it is looked for. */
export function holdGrant(world: World, grant: Grant): void {
  const { id, source_id } = grant.row;
  world.grants.set(id, grant);
  world.machines.get(source_id)?.grants.add(id);
  if (grant.block.single) world.grantsByAddress.add(grant.block.text, id);
}

function changeMemory(
  world: World,
  source: string,
  now: number,
  outbox: Outbox,
  change: Partial<Machine["memory"]>,
): Machine[] {
  const id = world.sourceIds.get(source);
  if (id === undefined) return [];
  outbox.source(id, now);
  const machine = world.machines.get(id);
  if (!machine) return [];
  Object.assign(machine.memory, change);
  outbox.machine(id, now);
  return [machine, ...peers(world, machine)];
}

/** The PC of a grant, and those that use the address: whose it is, is part of the evidence against them. */
function affected(world: World, machine: Machine | undefined, address: string): Machine[] {
  const users = world.holders.get(address).flatMap((id) => world.machines.get(id) ?? []);
  return machine ? [machine, ...users.filter((user) => user !== machine)] : users;
}
