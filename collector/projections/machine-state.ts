/** One PC as the projections hold it in memory: its rows in `machine`, `pc` and `verdict`, and its open findings. */
import type { Adapter, PartName } from "../../protocol/messages/records/posture.ts";
import type { DuplicateFact, HeldAddress, PowerEvent } from "../compliance/facts.ts";
import type { Severity } from "../compliance/rule.ts";
import type { PcTable, VerdictTable } from "../store/schema.ts";

/** A part as last announced. Stale: the PC announced a content that the centre does not have. */
export interface StoredPart {
  hash: string;
  collectedAt: string;
  content: unknown;
  stale: boolean;
}

/** An address change that the agent reported and no posture has confirmed yet. */
export interface Overlay {
  adapter: string;
  mac: string | null;
  kind: Adapter["kind"];
  to: { address: string; prefix: number; origin: "dhcp" | "manual" | "unknown" }[];
  /** By the PC's clock. */
  at: number;
}

export const OVERLAYS_MAX = 16;
export const POWER_EVENTS_MAX = 32;

/** What rules must remember of a PC's past; the column `machine.memory`. */
export interface Memory {
  simulated: boolean;
  revoked: boolean;
  onlineSince: number | null;
  /** End of the last stretch of being online. */
  offlineAt: number | null;
  heardAt: number | null;
  /** The first addresses known of it; null: none known yet. */
  declared: HeldAddress[] | null;
  current: HeldAddress[];
  previous: HeldAddress[];
  changedAt: number | null;
  /** Whether the agent watched the last change before it reported it, and for how long where it said so. */
  held: boolean;
  heldSeconds: number | null;
  everGranted: boolean;
  overlays: Overlay[];
  duplicate: DuplicateFact | null;
  pendingSecuritySince: number | null;
  /** Deadlines that fell into the centre's own absence are looked at again then. */
  recheckAt: number | null;
}

export type VerdictState = Omit<VerdictTable, "source_id" | "rule">;

/** A finding that is open, as its row stands. */
export interface OpenFinding {
  id: number;
  rule: string;
  ruleVersion: number;
  severity: Severity;
  evidence: Record<string, unknown>;
  openedAt: number;
}

export interface Machine {
  sourceId: number;
  name: string;
  hostname: string | null;
  os: string | null;
  address: string | null;
  seenAddress: string | null;
  presence: "online" | "stopping" | "lost" | "unknown";
  presenceAt: number;
  presenceCause: string | null;
  lastRecordAt: number;
  offsetMs: number | null;
  parts: { [Name in PartName]?: StoredPart };
  power: PowerEvent[];
  memory: Memory;
  pc: Omit<PcTable, "source_id">;
  /** Ids of the ledger's lines for this PC, in order. */
  grants: Set<number>;
  verdicts: Map<string, VerdictState>;
  open: Map<string, OpenFinding>;
  /** Addresses that count; null: not known. Follows from the parts. */
  addresses: HeldAddress[] | null;
  dueAt: number | null;
}

export function newMachine(sourceId: number, name: string, hostname: string, simulated: boolean, at: number): Machine {
  return {
    sourceId,
    name,
    hostname: hostname || null,
    os: null,
    address: null,
    seenAddress: null,
    presence: "unknown",
    presenceAt: at,
    presenceCause: null,
    lastRecordAt: at,
    offsetMs: null,
    parts: {},
    power: [],
    memory: newMemory(simulated),
    pc: newPc(at),
    grants: new Set(),
    verdicts: new Map(),
    open: new Map(),
    addresses: null,
    dueAt: null,
  };
}

function newMemory(simulated: boolean): Memory {
  return {
    simulated,
    revoked: false,
    onlineSince: null,
    offlineAt: null,
    heardAt: null,
    declared: null,
    current: [],
    previous: [],
    changedAt: null,
    held: false,
    heldSeconds: null,
    everGranted: false,
    overlays: [],
    duplicate: null,
    pendingSecuritySince: null,
    recheckAt: null,
  };
}

function newPc(at: number): Machine["pc"] {
  return {
    state: "pending",
    unit: null,
    custodian: null,
    role: "desktop",
    zone: "inner",
    first_seen_at: at,
    decided_at: null,
    decided_by: null,
    note: null,
  };
}
