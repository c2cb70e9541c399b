/**
 * Holds changes of adapters until they have lasted (agent-signals, Network identity): a flap or a DHCP exchange in progress is
 * nobody's business. A pure machine: states go in with the time, held changes come out.
 */
import type { Adapter } from "../../protocol/messages/records/posture.ts";
import { canonicalJson } from "../posture/hash.ts";
import { isIdentity } from "../probes/network/address.ts";

export interface HoldLimits {
  /** A difference is reported once it has not moved for so long. Default 12 s, contract 10 to 15. */
  holdMs: number;
  /** A difference that keeps moving is reported at the latest so long after it began. */
  maxMs: number;
  /** Instead of `holdMs` for an adapter that has lost its addresses: right after a boot DHCP may be slow. */
  lostMs?: number | undefined;
}

export const HOLD_DEFAULT = { holdMs: 12_000, maxMs: 60_000 } as const satisfies HoldLimits;

interface Pending {
  /** When the adapter first differed from what is known. */
  beganMs: number;
  /** When it took its present form. */
  sinceMs: number;
  adapter: Adapter | undefined;
}

export interface HoldState {
  known: ReadonlyMap<string, Adapter>;
  pending: ReadonlyMap<string, Pending>;
}

export interface HeldChange {
  id: string;
  /** Absent: the adapter is new. */
  from?: Adapter;
  /** Absent: the adapter is gone. */
  to?: Adapter;
  /** When the adapter took the form that held. */
  sinceMs: number;
}

export function startHold(adapters: readonly Adapter[]): HoldState {
  return { known: byId(adapters), pending: new Map() };
}

/** Takes in what the adapters look like at `nowMs` (monotonic). One that is as known again is forgotten: a flap. */
export function observe(state: HoldState, adapters: readonly Adapter[], nowMs: number): HoldState {
  const seen = byId(adapters);
  const pending = new Map<string, Pending>();
  for (const id of new Set([...state.known.keys(), ...seen.keys()])) {
    const adapter = seen.get(id);
    if (same(adapter, state.known.get(id))) continue;
    const before = state.pending.get(id);
    const moved = !before || !same(before.adapter, adapter);
    pending.set(id, { beganMs: before?.beganMs ?? nowMs, sinceMs: moved ? nowMs : before.sinceMs, adapter });
  }
  return { known: state.known, pending };
}

/** Changes that have held by `nowMs`; they become the known form. */
export function release(
  state: HoldState,
  limits: HoldLimits,
  nowMs: number,
): { state: HoldState; changes: HeldChange[] } {
  const known = new Map(state.known);
  const pending = new Map(state.pending);
  const changes: HeldChange[] = [];
  for (const [id, entry] of state.pending) {
    if (dueAt(entry, limits) > nowMs) continue;
    const { adapter, sinceMs } = entry;
    const from = known.get(id);
    changes.push({ id, ...(from && { from }), ...(adapter && { to: adapter }), sinceMs });
    pending.delete(id);
    if (adapter) known.set(id, adapter);
    else known.delete(id);
  }
  return { state: { known, pending }, changes };
}

/** When `release` will next have something to say; undefined while nothing is pending. */
export function nextRelease(state: HoldState, limits: HoldLimits): number | undefined {
  const times = [...state.pending.values()].map((entry) => dueAt(entry, limits));
  return times.length > 0 ? Math.min(...times) : undefined;
}

function dueAt({ beganMs, sinceMs, adapter }: Pending, limits: HoldLimits): number {
  const lost = !adapter?.addresses.some(({ address }) => isIdentity(address));
  const holdMs = (lost ? limits.lostMs : undefined) ?? limits.holdMs;
  return Math.min(sinceMs + holdMs, beganMs + Math.max(limits.maxMs, holdMs));
}

function byId(adapters: readonly Adapter[]): Map<string, Adapter> {
  return new Map(adapters.map((adapter) => [adapter.id, adapter]));
}

function same(a: Adapter | undefined, b: Adapter | undefined): boolean {
  return canonicalJson(a ?? null) === canonicalJson(b ?? null);
}
