/** Posture, address changes and power events of a PC, merged into its state. Pure but for the machine that it is given. */
import { type Fact, isKnown } from "../../protocol/messages/fact.ts";
import type { IpChangeBody, PowerBody } from "../../protocol/messages/records/agent-events.ts";
import { PART_NAMES, type Parts, type PostureBody } from "../../protocol/messages/records/posture.ts";
import type { HeldAddress, PowerEvent } from "../compliance/facts.ts";
import { heldAddresses } from "../compliance/network.ts";
import type { ComplianceSettings } from "../compliance/settings.ts";
import { canonicalAddress } from "../registry/address.ts";
import { type Machine, OVERLAYS_MAX, type Overlay, POWER_EVENTS_MAX } from "./machine-state.ts";

/** `now`: when the centre committed the record. */
export function applyPosture(machine: Machine, body: PostureBody, now: number, settings: ComplianceSettings): void {
  for (const name of PART_NAMES) mergePart(machine, name, body[name]);
  const network = machine.parts.network;
  const collectedAt = network && !network.stale ? Date.parse(network.collectedAt) : Number.NEGATIVE_INFINITY;
  machine.memory.overlays = machine.memory.overlays.filter(({ at }) => at > collectedAt);
  nameMachine(machine);
  notePending(machine, now);
  noteAddresses(machine, now, settings, { held: body.reason === "change", heldSeconds: null });
}

export function applyIpChange(
  machine: Machine,
  { adapter, mac, kind, to, heldSeconds }: IpChangeBody,
  at: number,
  now: number,
  settings: ComplianceSettings,
): void {
  const { memory } = machine;
  const overlay: Overlay = { adapter, mac: mac ?? null, kind: kind ?? "unknown", to, at };
  const network = machine.parts.network;
  if (!network || network.stale || Date.parse(network.collectedAt) < at) {
    const others = memory.overlays.filter((other) => other.adapter !== adapter);
    memory.overlays = [...others, overlay].slice(-OVERLAYS_MAX);
  }
  noteAddresses(machine, now, settings, { held: true, heldSeconds });
  // The posture with the new address may have come first: then this says how long the change was watched.
  const isThisChange = to.some(({ address }) => holds(memory.current, address) && !holds(memory.previous, address));
  if (isThisChange) Object.assign(memory, { held: true, heldSeconds });
}

/** Events come once by (event, boot, time); only the latest are kept. */
export function applyPower(machine: Machine, body: PowerBody, at: number, now: number): void {
  const { event, bootId = null, clean = null, source } = body;
  const isKnownEvent = machine.power.some(
    (known) => known.event === event && known.bootId === bootId && known.at === at,
  );
  if (isKnownEvent) return;
  const entry: PowerEvent = { event, at, heardAt: now, bootId, clean, source };
  machine.power = [...machine.power, entry].slice(-POWER_EVENTS_MAX);
}

/** The addresses that count by the present parts and overlays; null: not known. */
export function addressesOf(machine: Machine, settings: ComplianceSettings): HeldAddress[] | null {
  const part = machine.parts.network;
  if (!part || part.stale || part.content === null) return null;
  return heldAddresses(withOverlays(part.content as Parts["network"], machine.memory.overlays), settings);
}

function mergePart(machine: Machine, name: (typeof PART_NAMES)[number], part: PostureBody[typeof name]): void {
  const { hash, collectedAt, content } = part;
  const stored = machine.parts[name];
  if (content !== undefined) machine.parts[name] = { hash, collectedAt, content, stale: false };
  else if (stored && stored.hash === hash && stored.content !== null) {
    machine.parts[name] = { ...stored, collectedAt, stale: false };
  } else machine.parts[name] = stored ? { ...stored, stale: true } : { hash, collectedAt, content: null, stale: true };
}

function nameMachine(machine: Machine): void {
  const identity = contentOf(machine, "identity");
  const hostname = known(identity?.hostname);
  const os = known(identity?.os);
  const primary = known(contentOf(machine, "network")?.primary);
  if (hostname) machine.hostname = hostname;
  if (os)
    machine.os = [os.name, os.version].filter((text) => text && !os.name.includes(` ${text}`)).join(" ") || os.name;
  if (primary) machine.address = canonicalAddress(primary) ?? primary;
}

function notePending(machine: Machine, now: number): void {
  const pending = known(contentOf(machine, "patch")?.pending);
  if (!pending) return;
  const { memory } = machine;
  if (pending.security === 0) memory.pendingSecuritySince = null;
  else memory.pendingSecuritySince ??= now;
}

function noteAddresses(
  machine: Machine,
  now: number,
  settings: ComplianceSettings,
  { held, heldSeconds }: { held: boolean; heldSeconds: number | null },
): void {
  machine.addresses = addressesOf(machine, settings);
  const { addresses, memory } = machine;
  if (addresses === null) return;
  if (memory.declared === null) {
    if (addresses.length > 0) Object.assign(memory, { declared: addresses, current: addresses });
    return;
  }
  const isSame =
    addresses.length === memory.current.length && addresses.every(({ address }) => holds(memory.current, address));
  if (isSame) memory.current = addresses;
  else if (addresses.length > 0) {
    Object.assign(memory, { previous: memory.current, current: addresses, changedAt: now, held, heldSeconds });
  }
}

function withOverlays(network: Parts["network"], overlays: readonly Overlay[]): Parts["network"] {
  if (overlays.length === 0 || !isKnown(network.adapters)) return network;
  const value = [...network.adapters.value];
  for (const { adapter, mac, kind, to } of overlays) {
    const index = value.findIndex(({ id, name }) => id === adapter || name === adapter);
    const before = value[index];
    if (before) value[index] = { ...before, up: true, addresses: to };
    else {
      const nothing = { gateways: [], dns: [] };
      value.push({
        id: adapter,
        name: adapter,
        ...(mac && { mac }),
        kind,
        up: true,
        addresses: to,
        ...nothing,
      });
    }
  }
  return { ...network, adapters: { ...network.adapters, value } };
}

function contentOf<Name extends keyof Parts>({ parts }: Machine, name: Name): Parts[Name] | undefined {
  const part = parts[name];
  return part && !part.stale && part.content !== null ? (part.content as Parts[Name]) : undefined;
}

function known<T>(fact: Fact<T> | undefined): T | undefined {
  return fact && isKnown(fact) ? fact.value : undefined;
}

function holds(addresses: readonly HeldAddress[], address: string): boolean {
  const canonical = canonicalAddress(address);
  return addresses.some((held) => held.address === canonical);
}
