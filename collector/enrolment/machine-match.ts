/** Whether two requests come from one machine, by its hardware ids; and the source that a machine was before. */
import type { EnrolmentRequest } from "../../protocol/messages/enrolment.ts";
import type { Store } from "../store/port.ts";
import type { SourceTable } from "../store/schema.ts";

/** `unknown`: one of the two tells no hardware id. */
export type MachineMatch = "same" | "different" | "unknown";

/** The same when at least half of the ids of the one that tells fewer are shared: parts are replaced, machines are not. */
export function matchMachines(one: readonly string[], other: readonly string[]): MachineMatch {
  const fewest = Math.min(new Set(one).size, new Set(other).size);
  if (fewest === 0) return "unknown";
  const shared = [...new Set(one)].filter((id) => other.includes(id)).length;
  return shared * 2 >= fewest ? "same" : "different";
}

export interface Predecessor {
  id: number;
  name: string;
  state: SourceTable["state"];
}

/**
 * The source that this machine was, if it may not be that source any more: found to be a duplicate, or revoked. A source that is
 * enrolled has no successor, for hardware ids are no secret and would let one machine pass for another. A machine has one
 * agent, but as many readers as clocks: a reader must also want the name.
 */
export async function findPredecessor(
  store: Store,
  { fingerprint, kind, wanted }: Pick<EnrolmentRequest, "fingerprint" | "kind" | "wanted">,
): Promise<Predecessor | undefined> {
  if (fingerprint.length === 0) return undefined;
  const rows = await store.read
    .selectFrom("source")
    .select(["id", "name", "state", "fingerprint"])
    .where("kind", "=", kind)
    .where("state", "!=", "enrolled")
    .orderBy("id", "desc")
    .execute();
  return rows.find(
    (row) =>
      matchMachines(JSON.parse(row.fingerprint), fingerprint) === "same" && (kind === "agent" || row.name === wanted),
  );
}
