/**
 * Attendance of the last days kept up with the log: a punch recomputes the days that it touches, a row of the centre those of whom it
 * is about, the calendar and the passing of a deadline those of everybody; what has become different, and what officers must see to, is told on the event stream.
 */
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import type { StaffEntry } from "../attendance/evidence/evidence-book.ts";
import { type DayNumber, dateOfDay } from "../attendance/site-time.ts";
import { lastMoment } from "../attendance/slot.ts";
import { type NumberedChange, writeChanges } from "../projections/flush.ts";
import { ATTENDANCE_DAY } from "../projections/tables.ts";
import { upsertRows } from "../store/bulk.ts";
import type { Store } from "../store/port.ts";
import type { AttendanceDayTable } from "../store/schema.ts";
import type { AttendanceDesk } from "./desk.ts";
import { tellNotices } from "./told-notices.ts";

/** Today and the days before it that are kept; explanations are due within. Older days are computed when somebody looks. */
export const LIVE_DAYS = 10;
/** Punches, and people, that wait for one round; more of them and everybody is computed. */
const WAITING_MAX = 1000;
/** A timer never sleeps longer: the computer's clock may be set meanwhile. */
const SLEEP_MS_MAX = 60_000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** People whose rows are looked up one by one; for more of them the days are read whole. */
const PEOPLE_LOOKED_UP_MAX = 1000;

export interface LiveDeps {
  store: Store;
  desk: AttendanceDesk;
  clock: Clock;
  log: Log;
  tell: (changes: readonly NumberedChange[]) => void;
}

interface Touched {
  people: readonly StaffEntry[];
  days: readonly DayNumber[];
}

export class AttendanceLive {
  readonly #deps: LiveDeps;
  #work: Promise<void> = Promise.resolve();
  readonly #punches = new Set<number>();
  /** Whom rows of the centre are about. */
  readonly #people = new Set<string>();
  #all = false;
  #isQueued = false;
  #isStopped = false;
  /** A notice that stands is logged at each start, and when it is raised. */
  #isStarted = false;
  /** Rows of the centre taken so far. */
  #rows = 0;
  #trimmedTo = "";
  #cancelTimer = () => {};
  #unsubscribe = () => {};

  constructor(deps: LiveDeps) {
    this.#deps = deps;
  }

  /** Brings the table up to now, then follows until `stop`. */
  async start(): Promise<void> {
    this.#rows = (await this.#deps.desk.touchedSince(0)).count;
    await this.recompute();
    this.#unsubscribe = this.#deps.store.onCommitted(() => void this.follow());
    this.#sleep();
  }

  /** Takes the punches among what the projections have committed. */
  offer(changes: readonly NumberedChange[]): void {
    for (const { type, key } of changes) if (type === "punch") this.#punches.add(Number(key));
    this.#queueIfAny();
  }

  /** Takes the rows of the centre that were committed since the last look; after a failure the next deadline makes up for it. */
  async follow(): Promise<void> {
    try {
      const { count, people } = await this.#deps.desk.touchedSince(this.#rows);
      if (count === this.#rows) return;
      this.#rows = count;
      if (people === undefined) this.#all = true;
      else for (const person of people) this.#people.add(person);
      this.#queueIfAny();
    } catch (error) {
      this.#all = true;
      this.#deps.log.error({ err: error as Error }, "rows of the centre could not be read; trying again");
    }
  }

  /** Computes all days that are kept. */
  recompute(): Promise<void> {
    this.#all = true;
    this.#queue();
    return this.#work;
  }

  /** Resolves when what was offered is written and told. */
  async idle(): Promise<void> {
    await this.#work;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#unsubscribe();
    this.#cancelTimer();
    await this.#work;
  }

  #queueIfAny(): void {
    if (this.#punches.size > WAITING_MAX || this.#people.size > WAITING_MAX) this.#all = true;
    if (this.#all || this.#punches.size > 0 || this.#people.size > 0) this.#queue();
  }

  #queue(): void {
    if (this.#isQueued || this.#isStopped) return;
    this.#isQueued = true;
    this.#work = this.#work
      .then(() => this.#round())
      .catch((error: unknown) => {
        // The next deadline, at the latest a minute from now, computes all days anew.
        this.#all = true;
        this.#deps.log.error({ err: error }, "attendance could not be computed; trying again");
      });
  }

  async #round(): Promise<void> {
    const [punches, persons, all] = [[...this.#punches], [...this.#people], this.#all];
    this.#punches.clear();
    this.#people.clear();
    this.#all = false;
    this.#isQueued = false;
    const touched = all ? await this.#everybody() : await this.#touchedBy(punches, persons);
    const judged = this.#deps.desk.evaluate(touched.people, touched.days);
    const [results, before] = await Promise.all([judged, this.#told(touched)]);
    const rows = results.flatMap(({ person, days }) =>
      days.map(({ day, am, pm }) => ({
        person: person.id,
        date: dateOfDay(day),
        name: person.name,
        unit: person.unit,
        am: am.status,
        pm: pm.status,
      })),
    );
    await this.#write(rows.filter((row) => !isSame(before.get(`${row.person}|${row.date}`), row)));
    if (all) await this.#tellNotices();
  }

  /** Whether one stands depends on the day and on rows of the centre: both have everybody computed. */
  async #tellNotices(): Promise<void> {
    const { store, desk, clock, log, tell } = this.#deps;
    const notices = await desk.notices();
    const changes = await tellNotices(store, notices, clock.now());
    if (changes.length > 0) tell(changes);
    for (const { message } of changes.length > 0 || !this.#isStarted ? notices : []) log.warn({}, message.en);
    this.#isStarted = true;
  }

  #today(): DayNumber {
    const { clock, desk } = this.#deps;
    return Math.floor(desk.time.localMs(clock.now()) / DAY_MS);
  }

  #liveDays(): DayNumber[] {
    const today = this.#today();
    return Array.from({ length: LIVE_DAYS }, (_, index) => today - LIVE_DAYS + 1 + index);
  }

  async #everybody(): Promise<Touched> {
    return { people: [...(await this.#deps.desk.book()).staff.values()], days: this.#liveDays() };
  }

  /**
   * The owners, on the days of the punches and those before: work past midnight belongs to the day before. With people whom rows are
   * about, all of them on all days.
   */
  async #touchedBy(ids: readonly number[], persons: readonly string[]): Promise<Touched> {
    const { store, desk } = this.#deps;
    const punches = await store.read
      .selectFrom("punch")
      .select(["clock", "user", "at"])
      .where("id", "in", [...ids])
      .execute();
    const owners = await desk.ownersOf(punches);
    const { staff } = await desk.book();
    const people = new Set([...owners, ...persons.flatMap((person) => staff.get(person) ?? [])]);
    const touched = new Set(
      punches.flatMap(({ at }) => {
        const day = at === null ? Number.NaN : Math.floor(desk.time.localMs(at) / DAY_MS);
        return [day - 1, day];
      }),
    );
    return { people: [...people], days: this.#liveDays().filter((day) => persons.length > 0 || touched.has(day)) };
  }

  async #write(changed: readonly AttendanceDayTable[]): Promise<void> {
    if (changed.length === 0) return;
    const { store, clock, tell } = this.#deps;
    const at = clock.now();
    const oldest = dateOfDay(this.#today() - LIVE_DAYS + 1);
    const changes = await store.write(
      async (tx) => {
        await upsertRows(tx, ATTENDANCE_DAY, changed);
        if (oldest !== this.#trimmedTo) await tx.deleteFrom("attendance_day").where("date", "<", oldest).execute();
        const news = changed.map(({ person, date }) => ({ at, type: "attendance" as const, key: `${date}|${person}` }));
        return await writeChanges(tx, news);
      },
      { lane: "background" },
    );
    this.#trimmedTo = oldest;
    tell(changes);
  }

  /** The rows as they were last told, by `person|date`. */
  async #told({ people, days }: Touched): Promise<Map<string, AttendanceDayTable>> {
    const dates = days.map(dateOfDay);
    const [first, last] = [dates[0], dates.at(-1)];
    if (first === undefined || last === undefined || people.length === 0) return new Map();
    const inDays = this.#deps.store.read
      .selectFrom("attendance_day")
      .selectAll()
      .where("date", ">=", first)
      .where("date", "<=", last);
    const ids = people.map(({ id }) => id);
    const rows = await (ids.length > PEOPLE_LOOKED_UP_MAX ? inDays : inDays.where("person", "in", ids)).execute();
    return new Map(rows.map((row) => [`${row.person}|${row.date}`, row]));
  }

  #sleep(): void {
    const { clock } = this.#deps;
    const next = this.#nextDeadline();
    this.#cancelTimer = clock.after(Math.min(Math.max(1, next - clock.now()), SLEEP_MS_MAX), () => {
      if (this.#isStopped) return;
      if (clock.now() >= next || this.#all) void this.recompute();
      this.#sleep();
    });
  }

  /** Midnight, at which another day begins and explanations are due, and one past the moments at which a half-day is judged. */
  #nextDeadline(): number {
    const { clock, desk } = this.#deps;
    const today = this.#today();
    const all = [today, today + 1].flatMap((day) => {
      const settings = desk.settingsOn(day);
      const { arrivalWindow, departureWindow, splitTime, dayStart } = settings;
      const moments = [dayStart, ...arrivalWindow, lastMoment("am", settings), splitTime, ...departureWindow];
      return [desk.time.instant(day, 0), ...moments.map((seconds) => desk.time.instant(day, seconds) + 1)];
    });
    return Math.min(...all.filter((moment) => moment > clock.now()));
  }
}

function isSame(a: AttendanceDayTable | undefined, b: AttendanceDayTable): boolean {
  return a !== undefined && a.am === b.am && a.pm === b.pm && a.unit === b.unit && a.name === b.name;
}
