/** A one-time token that its own machine shows again, with another key: the first was lost, with the disk or the folder it was in. */
import type { EnrolmentRequest } from "../../protocol/messages/enrolment.ts";
import type { Store } from "../store/port.ts";
import { matchMachines } from "./machine-match.ts";
import { hashOf } from "./tokens.ts";

/**
 * Whether the token was used up by this very machine. It opens nothing any more, for hardware ids are no secret; but its
 * machine waits for an officer like one without a token, instead of being refused for ever unseen.
 */
export async function wasGiven(
  store: Pick<Store, "read">,
  token: string,
  { fingerprint }: Pick<EnrolmentRequest, "fingerprint">,
): Promise<boolean> {
  const spent = await store.read
    .selectFrom("token")
    .select("id")
    .where("hash", "=", hashOf(token))
    .where("purpose", "=", "enrol-once")
    .where("used_at", "is not", null)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  if (!spent) return false;
  const granted = await store.read
    .selectFrom("enrolment")
    .select("request")
    .where("state", "=", "granted")
    .where("decided_by", "=", `token:${spent.id}`)
    .executeTakeFirst();
  if (!granted) return false;
  const before: EnrolmentRequest = JSON.parse(granted.request);
  return matchMachines(before.fingerprint, fingerprint) === "same";
}
