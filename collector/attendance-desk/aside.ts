/**
 * Punches that nothing is concluded from: of a user id that nobody on the register has (未匹配工号), and of a time that cannot be
 * true. They are kept, counted and shown, so that an officer can tell whose they are.
 */
import { type Kysely, sql } from "kysely";
import { formatInstant } from "../../protocol/time.ts";
import type { Store } from "../store/port.ts";
import type { Database } from "../store/schema.ts";

/** Punches that one list shows; all are counted. */
export const ASIDE_SHOWN_MAX = 200;
/** User ids in one query; SQLite takes 32,766 values. */
const USERS_PER_QUERY = 5000;

/** The last two are what readers say: the device's own date does not exist, or lies before the clock was hung up. */
export type AsideReason = "unmatched" | "future" | "before-start" | "impossible" | "before-installation";

export interface AsidePunch {
  /** As evidence is named. */
  id: string;
  clock: string;
  user: string;
  /** As the clock showed it, `2026-03-02T08:55:00`. */
  time: string;
  receivedAt: string;
  reason: AsideReason;
  /** Whose user id it is; null: nobody's. */
  person: string | null;
}

export interface Aside {
  unmatched: number;
  quarantined: number;
  /** At most `ASIDE_SHOWN_MAX`, in the order in which they came. */
  punches: AsidePunch[];
}

export interface AsideQuery {
  /** Punches of that time, when nobody's; received then, when their time cannot be true. ms UTC, from included, to not. */
  from: number;
  to: number;
  /** Only what was received by then, ms UTC. */
  asOf: number;
  /** The person that has a user id on a clock. */
  ownerOf: (clock: string, user: string) => string | undefined;
  /** Only punches of these people, and nobody's if `nobody`. */
  isWanted: (person: string) => boolean;
  nobody: boolean;
  /** Whether an officer said when a doubtful punch was made: it counts then. */
  isAccepted: (punch: number) => boolean;
  /** Only of these user ids; a person's list over a long time is found by them. */
  users?: readonly string[];
  /** Device times before it are a fault of the clock, and those so far ahead of their receipt, ms. */
  systemStart: number;
  futureToleranceMs: number;
}

/** Everything kept aside that the query asks for. */
export async function readAside(store: Store, query: AsideQuery): Promise<Aside> {
  const unmatched = query.nobody ? await readUnmatched(store.read, query) : [];
  const quarantined = (await readQuarantined(store.read, query)).filter(({ person }) =>
    person === null ? query.nobody : query.isWanted(person),
  );
  const punches = [...unmatched, ...quarantined].sort((a, b) => a.number - b.number);
  return {
    unmatched: unmatched.length,
    quarantined: quarantined.length,
    punches: punches.slice(0, ASIDE_SHOWN_MAX).map(({ number, ...punch }) => ({ id: `punch-${number}`, ...punch })),
  };
}

type Found = Omit<AsidePunch, "id"> & { number: number };

/** Clocks know few strangers: their ids are found first, then their punches. */
async function readUnmatched(db: Kysely<Database>, query: AsideQuery): Promise<Found[]> {
  const { from, to, ownerOf } = query;
  const pairs = await db
    .selectFrom("punch")
    .select(["clock", "user"])
    .distinct()
    .where("at", ">=", from)
    .where("at", "<", to)
    .execute();
  const strangers = pairs.filter(({ clock, user }) => ownerOf(clock, user) === undefined);
  const users = [...new Set(strangers.map(({ user }) => user))];
  const found: Found[] = [];
  for (let at = 0; at < users.length; at += USERS_PER_QUERY) {
    const rows = await punches(db, query)
      .where("punch.user", "in", users.slice(at, at + USERS_PER_QUERY))
      .where("punch.at", ">=", from)
      .where("punch.at", "<", to)
      .execute();
    found.push(
      ...rows
        .map((row) => toFound(row, query))
        .filter(({ reason, person }) => reason === "unmatched" && person === null),
    );
  }
  return found;
}

/** Their time tells no day, so they are shown on the day on which they came. */
async function readQuarantined(db: Kysely<Database>, query: AsideQuery): Promise<Found[]> {
  const { from, to, users, systemStart, futureToleranceMs } = query;
  let select = punches(db, query)
    .where("record.committed_at", ">=", from)
    .where("record.committed_at", "<", to)
    .where((eb) =>
      eb.or([
        eb("punch.doubt", "is not", null),
        eb("punch.at", "<", systemStart),
        eb("punch.at", ">", sql<number>`record.committed_at + ${futureToleranceMs}`),
      ]),
    );
  select =
    users === undefined
      ? select
          .where("record.id", ">=", await firstRecordFrom(db, from))
          .where("record.id", "<", await firstRecordFrom(db, to))
      : select.where("punch.user", "in", [...users]);
  const rows = await select.execute();
  return rows.filter(({ id }) => !query.isAccepted(id)).map((row) => toFound(row, query));
}

function punches(db: Kysely<Database>, { asOf }: AsideQuery) {
  return db
    .selectFrom("punch")
    .innerJoin("record", "record.id", "punch.id")
    .select(["punch.id", "punch.clock", "punch.user", "punch.device_time", "punch.at", "punch.doubt"])
    .select("record.committed_at")
    .where("record.committed_at", "<=", asOf)
    .orderBy("punch.id");
}

type Row = Awaited<ReturnType<ReturnType<typeof punches>["execute"]>>[number];

function toFound(row: Row, query: AsideQuery): Found {
  return {
    number: row.id,
    clock: row.clock,
    user: row.user,
    time: row.device_time,
    receivedAt: formatInstant(row.committed_at),
    reason: reasonOf(row, query),
    person: query.ownerOf(row.clock, row.user) ?? null,
  };
}

function reasonOf(row: Row, { systemStart, futureToleranceMs }: AsideQuery): AsideReason {
  if (row.doubt !== null) return row.doubt as AsideReason;
  if (row.at < systemStart) return "before-start";
  return row.at > row.committed_at + futureToleranceMs ? "future" : "unmatched";
}

/** The id from which on records were committed at `moment` or later: commit times never decrease with the id. */
async function firstRecordFrom(db: Kysely<Database>, moment: number): Promise<number> {
  const last = await db.selectFrom("record").select("id").orderBy("id", "desc").limit(1).executeTakeFirst();
  let [low, high] = [1, (last?.id ?? 0) + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const next = await db
      .selectFrom("record")
      .select(["id", "committed_at"])
      .where("id", ">=", middle)
      .orderBy("id")
      .limit(1)
      .executeTakeFirst();
    if (next === undefined || next.committed_at >= moment) high = middle;
    else low = next.id + 1;
  }
  return low;
}
