/** Everything the projections hold in memory: small beside the evidence, loaded from the tables at the start. */

import type { EnteredDays } from "../calendar/calendar.ts";
import type { Span } from "../calendar/working-hours.ts";
import type { AddressBlock } from "../registry/address.ts";
import type { SettingValue } from "../registry/settings.ts";
import type { ClockTable, IpGrantTable } from "../store/schema.ts";
import { Deadlines } from "./deadlines.ts";
import { type Machine, newMachine, type OpenFinding } from "./machine-state.ts";
import type { Outbox } from "./outbox.ts";

export interface SourceInfo {
  id: number;
  name: string;
  kind: "agent" | "reader" | "centre";
  hostname: string;
  simulated: boolean;
}

export interface Grant {
  row: IpGrantTable;
  block: AddressBlock;
}

/** Spans of the centre's own absence that are remembered; older ones matter to no rule any more. */
export const DEAF_SPANS_MAX = 256;

export interface World {
  sources: Map<number, SourceInfo>;
  sourceIds: Map<string, number>;
  machines: Map<number, Machine>;
  clocks: Map<string, ClockTable>;
  /** Open findings about clocks, by clock. */
  clockFindings: Map<string, OpenFinding>;
  grants: Map<number, Grant>;
  /** Address -> PCs that hold it, whether online or not. */
  holders: Index<string>;
  /** Address -> ids of the ledger's lines for exactly this address. */
  grantsByAddress: Index<string>;
  deaf: Span[];
  /** Working days that officers entered. */
  entered: EnteredDays;
  /** Settings that officers decided on. */
  settings: Record<string, SettingValue>;
  deadlines: Deadlines;
  nextFindingId: number;
  nextEventId: number;
  nextAlertId: number;
}

/** Ids by key; an empty key is forgotten. */
export class Index<Key> {
  readonly #sets = new Map<Key, Set<number>>();

  add(key: Key, id: number): void {
    const set = this.#sets.get(key);
    if (set) set.add(id);
    else this.#sets.set(key, new Set([id]));
  }

  delete(key: Key, id: number): void {
    const set = this.#sets.get(key);
    set?.delete(id);
    if (set?.size === 0) this.#sets.delete(key);
  }

  /** In ascending order, so that what follows does not depend on how the index grew. */
  get(key: Key): number[] {
    return [...(this.#sets.get(key) ?? [])].sort((a, b) => a - b);
  }
}

export function emptyWorld(): World {
  return {
    sources: new Map(),
    sourceIds: new Map(),
    machines: new Map(),
    clocks: new Map(),
    clockFindings: new Map(),
    grants: new Map(),
    holders: new Index(),
    grantsByAddress: new Index(),
    deaf: [],
    entered: { years: {}, days: {} },
    settings: {},
    deadlines: new Deadlines(),
    nextFindingId: 1,
    nextEventId: 1,
    nextAlertId: 1,
  };
}

export function addSource(world: World, source: SourceInfo): void {
  world.sources.set(source.id, source);
  world.sourceIds.set(source.name, source.id);
}

/** The PC of an agent; one that was never enrolled in the log begins its entry in the register as pending. */
export function machineOf(world: World, sourceId: number, at: number, outbox: Outbox): Machine | undefined {
  const known = world.machines.get(sourceId);
  if (known) return known;
  const source = world.sources.get(sourceId);
  if (source?.kind !== "agent") return undefined;
  const machine = newMachine(sourceId, source.name, source.hostname, source.simulated, at);
  world.machines.set(sourceId, machine);
  outbox.pc(sourceId);
  outbox.machine(sourceId, at);
  return machine;
}

export function heldBy({ addresses }: Machine): Set<string> {
  return new Set(addresses?.map(({ address }) => address));
}

/** Other PCs that hold one of the addresses, in the order of their ids. */
export function peers(world: World, machine: Machine, addresses: Iterable<string> = heldBy(machine)): Machine[] {
  const ids = new Set([...addresses].flatMap((address) => world.holders.get(address)));
  ids.delete(machine.sourceId);
  return [...ids].sort((a, b) => a - b).flatMap((id) => world.machines.get(id) ?? []);
}
