/** The parts in their order. Here because the contract's own list stands beside its zod schemas, which an agent does not load. */
import type { PartName } from "../../protocol/messages/records/posture.ts";

const ORDER = { identity: 1, network: 2, antivirus: 3, patch: 4, power: 5 } as const satisfies Record<PartName, number>;

export const PART_NAMES = Object.keys(ORDER) as PartName[];
