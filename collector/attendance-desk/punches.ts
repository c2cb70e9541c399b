/** Punches of people, by the user ids that the register gives them on the clocks. */
import type { AcceptedPunch, StaffEntry } from "../attendance/evidence/evidence-book.ts";
import type { Punch } from "../attendance/facts.ts";
import type { Store } from "../store/port.ts";

const ANY_CLOCK = "*";
/** User ids in one query; SQLite takes 32,766 values. */
const USERS_PER_QUERY = 5000;

export interface PunchQuery {
  /** Times of the punches, ms UTC, from included, to not. */
  from: number;
  to: number;
  ownerOf: OwnerOf;
  /** Those that officers accepted, by the id of the punch. */
  accepted: ReadonlyMap<number, AcceptedPunch>;
}

/** By person, for each of `people`. `receivedAt` is when the centre committed a punch, or decided that it counts; other doubtful ones are kept aside. */
export async function readPunches(
  store: Store,
  people: readonly StaffEntry[],
  query: PunchQuery,
): Promise<Map<string, Punch[]>> {
  const { ownerOf } = query;
  const users = [...new Set(people.flatMap((person) => person.users.map(({ user }) => user)))];
  const punches = new Map<string, Punch[]>(people.map(({ id }) => [id, []]));
  for (let at = 0; at < users.length; at += USERS_PER_QUERY) {
    const some = users.slice(at, at + USERS_PER_QUERY);
    for (const row of [...(await undoubted(store, some, query)), ...(await accepted(store, some, query))]) {
      const owner = ownerOf(row.clock, row.user);
      if (owner === undefined) continue;
      const { id, at: time, clock: device, receivedAt, decision } = row;
      // On this clock the user id may be that of somebody who was not asked for.
      punches.get(owner)?.push({ id: `punch-${id}`, at: time, device, receivedAt, ...(decision && { decision }) });
    }
  }
  return punches;
}

interface FoundPunch {
  id: number;
  clock: string;
  user: string;
  at: number;
  receivedAt: number;
  decision?: string;
}

/** Not by the state of the row, which is that of now: by the decisions that were known. */
async function undoubted(store: Store, users: readonly string[], { from, to }: PunchQuery): Promise<FoundPunch[]> {
  return await store.read
    .selectFrom("punch")
    .innerJoin("record", "record.id", "punch.record_id")
    .select(["punch.id", "punch.clock", "punch.user", "punch.at", "record.committed_at as receivedAt"])
    .where("punch.doubt", "is", null)
    .where("punch.user", "in", users)
    .where("punch.at", ">=", from)
    .where("punch.at", "<", to)
    .orderBy("punch.at")
    .execute();
}

async function accepted(store: Store, users: readonly string[], query: PunchQuery): Promise<FoundPunch[]> {
  const inTime = [...query.accepted].filter(([, { at }]) => at >= query.from && at < query.to);
  if (inTime.length === 0) return [];
  const wanted = new Set(users);
  const found: FoundPunch[] = [];
  for (let at = 0; at < inTime.length; at += USERS_PER_QUERY) {
    const some = new Map(inTime.slice(at, at + USERS_PER_QUERY));
    const rows = await store.read
      .selectFrom("punch")
      .select(["id", "clock", "user"])
      .where("id", "in", [...some.keys()])
      .where("doubt", "is not", null)
      .execute();
    for (const row of rows) {
      const judged = some.get(row.id);
      if (!judged || !wanted.has(row.user)) continue;
      found.push({ ...row, at: judged.at, receivedAt: judged.decidedAt, decision: `decision-${judged.decision}` });
    }
  }
  return found;
}

/** The person that has the user id on a clock. */
export type OwnerOf = (clock: string, user: string) => string | undefined;

/** By the whole register, lest a punch be given to the wrong one of two: first by the clock itself, then by any. */
export function ownersOf(people: Iterable<StaffEntry>): OwnerOf {
  const owners = new Map<string, string>();
  for (const { id, users } of people) for (const { clock, user } of users) owners.set(`${clock}|${user}`, id);
  return (clock, user) => owners.get(`${clock}|${user}`) ?? owners.get(`${ANY_CLOCK}|${user}`);
}
