/** Punches of people, by the user ids that the register gives them on the clocks. */
import type { StaffEntry } from "../attendance/evidence/evidence-book.ts";
import type { Punch } from "../attendance/facts.ts";
import type { Store } from "../store/port.ts";

const ANY_CLOCK = "*";
/** User ids in one query; SQLite takes 32,766 values. */
const USERS_PER_QUERY = 5000;

/** Device times in [from, to), ms UTC; those that a reader doubts are kept aside. By person; `receivedAt` is when the centre committed them. */
export async function readPunches(
  store: Store,
  people: readonly StaffEntry[],
  ownerOf: OwnerOf,
  { from, to }: { from: number; to: number },
): Promise<Map<string, Punch[]>> {
  const users = [...new Set(people.flatMap((person) => person.users.map(({ user }) => user)))];
  const punches = new Map<string, Punch[]>(people.map(({ id }) => [id, []]));
  for (let at = 0; at < users.length; at += USERS_PER_QUERY) {
    const rows = await store.read
      .selectFrom("punch")
      .innerJoin("record", "record.id", "punch.record_id")
      .select(["punch.id", "punch.clock", "punch.user", "punch.at", "record.committed_at"])
      .where("punch.state", "=", "accepted")
      .where("punch.user", "in", users.slice(at, at + USERS_PER_QUERY))
      .where("punch.at", ">=", from)
      .where("punch.at", "<", to)
      .orderBy("punch.at")
      .execute();
    for (const { id, clock, user, at: time, committed_at } of rows) {
      const owner = ownerOf(clock, user);
      if (owner === undefined) continue;
      // On this clock the user id may be that of somebody who was not asked for.
      punches.get(owner)?.push({ id: `punch-${id}`, at: time, device: clock, receivedAt: committed_at });
    }
  }
  return punches;
}

/** The person that has the user id on a clock. */
export type OwnerOf = (clock: string, user: string) => string | undefined;

/** By the whole register, lest a punch be given to the wrong one of two: first by the clock itself, then by any. */
export function ownersOf(people: Iterable<StaffEntry>): OwnerOf {
  const owners = new Map<string, string>();
  for (const { id, users } of people) for (const { clock, user } of users) owners.set(`${clock}|${user}`, id);
  return (clock, user) => owners.get(`${clock}|${user}`) ?? owners.get(`${ANY_CLOCK}|${user}`);
}
