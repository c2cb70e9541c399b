/** Punches of people, by the user ids that the register gives them on the clocks. */
import type { StaffEntry } from "../attendance/evidence/evidence-book.ts";
import type { Punch } from "../attendance/facts.ts";
import type { Store } from "../store/port.ts";

const ANY_CLOCK = "*";
/** User ids in one query; SQLite takes 32,766 values. */
const USERS_PER_QUERY = 5000;

/** Device times in [from, to), ms UTC, beside all that are doubtful. By person; `receivedAt` is when the centre committed them. */
export async function readPunches(
  store: Store,
  people: readonly StaffEntry[],
  { from, to }: { from: number; to: number },
): Promise<Map<string, Punch[]>> {
  const owners = ownersOf(people);
  const users = [...new Set(people.flatMap((person) => person.users.map(({ user }) => user)))];
  const punches = new Map<string, Punch[]>();
  for (let at = 0; at < users.length; at += USERS_PER_QUERY) {
    const rows = await store.read
      .selectFrom("punch")
      .innerJoin("record", "record.id", "punch.record_id")
      .select(["punch.id", "punch.clock", "punch.user", "punch.at", "record.committed_at"])
      .where("punch.user", "in", users.slice(at, at + USERS_PER_QUERY))
      .where("punch.at", ">=", from)
      .where("punch.at", "<", to)
      .orderBy("punch.at")
      .execute();
    for (const { id, clock, user, at: time, committed_at } of rows) {
      const owner = owners.get(`${clock}|${user}`) ?? owners.get(`${ANY_CLOCK}|${user}`);
      if (owner === undefined) continue;
      const punch = { id: `punch-${id}`, at: time, device: clock, receivedAt: committed_at };
      const own = punches.get(owner);
      if (own) own.push(punch);
      else punches.set(owner, [punch]);
    }
  }
  return punches;
}

function ownersOf(people: readonly StaffEntry[]): Map<string, string> {
  return new Map(people.flatMap(({ id, users }) => users.map(({ clock, user }) => [`${clock}|${user}`, id] as const)));
}
