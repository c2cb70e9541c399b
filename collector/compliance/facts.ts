/** What rules see of one PC: plain facts, put together by the projections. Instants are ms UTC by the centre's clock unless said. */
import type { PartName, Parts } from "../../protocol/messages/records/posture.ts";
import type { AddressBlock } from "../registry/address.ts";

/** An address that a PC holds on an adapter that counts (see `heldAddresses`), canonical. */
export interface HeldAddress {
  address: string;
  prefix: number;
  origin: "dhcp" | "manual" | "unknown";
  adapter: string;
  mac: string | null;
}

/** A line of the IP ledger that is not revoked; dates `YYYY-MM-DD`, both included. */
export interface GrantFact {
  id: number;
  block: AddressBlock;
  from: string;
  to: string | null;
  reference: string;
}

export interface PowerEvent {
  event: string;
  /** When it happened, by the PC's clock. */
  at: number;
  /** When the centre committed it. */
  heardAt: number;
  bootId: string | null;
  clean: boolean | null;
  source: string;
}

export interface DuplicateFact {
  at: number;
  epoch: string;
  detail: string;
  addresses: string[];
}

export interface PartFact<Name extends PartName> {
  content: Parts[Name];
  /** By the PC's clock. */
  collectedAt: string;
}

export interface Facts {
  source: string;
  hostname: string;
  revoked: boolean;
  pc: { state: "pending" | "approved" | "retired"; role: "desktop" | "server"; firstSeenAt: number };
  presence: {
    state: "online" | "stopping" | "lost" | "unknown";
    at: number;
    cause: string | null;
    /** Begin of the present or last stretch of being online, short absences bridged; null: never online. */
    onlineSince: number | null;
    /** Last sign of life; null: never. */
    heardAt: number | null;
  };
  /** Parts whose content is known to be what the PC last announced. */
  parts: { [Name in PartName]?: PartFact<Name> };
  /** PC clock minus centre clock in ms; null: not measured. */
  offsetMs: number | null;
  /** Null: not known. */
  addresses: HeldAddress[] | null;
  /** The address that the centre saw. */
  seenAddress: string | null;
  /** The addresses that the PC first showed itself with. */
  declared: HeldAddress[];
  /** The addresses before the last change, and that change. */
  previous: HeldAddress[];
  changedAt: number | null;
  /** Whether the agent watched the last change before it reported it, and for how long where it said so. */
  held: boolean;
  heldSeconds: number | null;
  grants: GrantFact[];
  everGranted: boolean;
  power: PowerEvent[];
  duplicate: DuplicateFact | null;
  /** When this PC was first seen with security updates pending, without a report of none since. */
  pendingSecuritySince: number | null;
}
