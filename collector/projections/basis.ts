/** What the rows follow from beside the log: when it differs, they must be computed anew. */
import { createHash } from "node:crypto";
import type { EngineDeps } from "./engine.ts";

/** Raised when the projections themselves compute something else from the same log. */
const PROJECTIONS_VERSION = 3;

export const BASIS_STATE = "basis";

export function basisOf({ rules, settings, calendar }: EngineDeps): string {
  const versions = rules.map(({ code, version }) => [code, version]);
  const basis = JSON.stringify([PROJECTIONS_VERSION, versions, settings, calendar.basis]);
  return createHash("sha256").update(basis).digest("hex").slice(0, 16);
}
