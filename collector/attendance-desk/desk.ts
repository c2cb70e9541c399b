/**
 * The attendance desk: evidence read from the log, evaluated as of any moment. Rows of the centre are kept in memory (a few a
 * person and week); punches are read for the days that are asked for.
 */
import { EvidenceBook, type StaffEntry } from "../attendance/evidence/evidence-book.ts";
import type { DayType, PersonFacts, Punch, Request, Workdays } from "../attendance/facts.ts";
import { type EvaluationContext, evaluatePerson, type PersonResult } from "../attendance/person.ts";
import { judgeRequest, type RequestVerdict } from "../attendance/requests.ts";
import { type AttendanceSettings, DEFAULT_SETTINGS } from "../attendance/settings.ts";
import { type DayNumber, dateOfDay, type SiteTime, siteTime } from "../attendance/site-time.ts";
import { type Calendar, layOver } from "../calendar/calendar.ts";
import { type AttendanceDecision, isAttendanceKind } from "../registry/attendance-decisions.ts";
import { CENTRE_SOURCE } from "../registry/decisions.ts";
import type { Store } from "../store/port.ts";
import { type Aside, readAside } from "./aside.ts";
import { calendarNotice, type Notice } from "./notices.ts";
import { ownersOf, readPunches } from "./punches.ts";
import { type CompletenessView, readCompleteness } from "./read-completeness.ts";

const READ_PAGE = 5000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Device times before it are a fault of the clock. */
const SYSTEM_START = "2025-01-01";

interface LoggedDecision {
  decision: AttendanceDecision;
  committedAt: number;
}

export interface DeskDeps {
  store: Store;
  zone: string;
  /** The years that come with the program; rows `calendar.*` are laid over it. */
  calendar: Calendar;
  now: () => number;
}

export interface PersonDays extends PersonResult {
  person: StaffEntry;
}

export class AttendanceDesk {
  readonly time: SiteTime;
  readonly settings: AttendanceSettings = DEFAULT_SETTINGS;
  readonly #deps: DeskDeps;
  readonly #log: LoggedDecision[] = [];
  #lastRecord = 0;
  #reading: Promise<void> = Promise.resolve();
  #present = new EvidenceBook();

  constructor(deps: DeskDeps) {
    this.#deps = deps;
    this.time = siteTime(deps.zone);
  }

  /** The evidence as it was known at `asOf`; now by default. */
  async book(asOf?: number): Promise<EvidenceBook> {
    await this.#refresh();
    if (asOf === undefined) return this.#present;
    const book = new EvidenceBook();
    for (const { decision, committedAt } of this.#log) if (committedAt <= asOf) book.apply(decision, committedAt);
    return book;
  }

  /** Evaluates the days of each person, in the order of the register; `asOf` ms UTC, now by default, by the settings in force. */
  async evaluate(
    people: readonly StaffEntry[],
    days: readonly DayNumber[],
    asOf?: number,
    settings = this.settings,
  ): Promise<PersonDays[]> {
    const first = days[0];
    const last = days.at(-1);
    if (first === undefined || last === undefined) return [];
    const book = await this.book(asOf);
    const context = this.#context(book, asOf, settings);
    const range = { from: this.time.instant(first, 0), to: this.time.instant(last + 2, 0) };
    const punches = await readPunches(this.#deps.store, people, range);
    const firstDay = this.#firstDay(book);
    return people.map((person) => {
      const counted = { ...person, from: Math.max(person.from, firstDay) };
      const facts: PersonFacts = {
        person: counted,
        punches: punches.get(person.id) ?? NO_PUNCHES,
        ...book.factsOf(person.id),
      };
      return { person, ...evaluatePerson(facts, days, context) };
    });
  }

  #context(book: EvidenceBook, asOf = this.#deps.now(), settings = this.settings): EvaluationContext {
    return { settings, time: this.time, workdays: this.workdays(book), asOf, systemStart: this.#systemStart };
  }

  get #systemStart(): number {
    return Date.parse(SYSTEM_START);
  }

  /** What each application of the person comes to, in the order in which they were entered. */
  async judgeRequests(person: StaffEntry, asOf?: number): Promise<{ request: Request; verdict: RequestVerdict }[]> {
    const book = await this.book(asOf);
    const context = { ...this.#context(book, asOf), person };
    return book.factsOf(person.id).requests.map((request) => ({ request, verdict: judgeRequest(request, context) }));
  }

  /**
   * Punches of the days, both included, from which nothing is concluded: of a user id of nobody, or of a time that cannot be true
   * (by the day on which they came). `people`: only theirs, and nobody's when `nobody`.
   */
  async aside(
    [first, last]: readonly [DayNumber, DayNumber],
    {
      people,
      nobody,
      asOf,
    }: { people?: readonly StaffEntry[] | undefined; nobody: boolean; asOf?: number | undefined },
  ): Promise<Aside> {
    const { staff } = await this.book(asOf);
    const wanted = people && new Set(people.map(({ id }) => id));
    const { dayStart, futureToleranceSeconds } = this.settings;
    return await readAside(this.#deps.store, {
      from: this.time.instant(first, dayStart),
      to: this.time.instant(last + 1, dayStart),
      asOf: asOf ?? this.#deps.now(),
      ownerOf: ownersOf(staff.values()),
      isWanted: (person) => wanted?.has(person) ?? true,
      nobody,
      ...(nobody || !people ? {} : { users: people.flatMap(({ users }) => users.map(({ user }) => user)) }),
      systemStart: this.#systemStart,
      futureToleranceMs: futureToleranceSeconds * 1000,
    });
  }

  /** Up to when the clocks' punches are complete, as it is known now. */
  completeness(): Promise<CompletenessView> {
    return readCompleteness(this.#deps.store, this.#deps.now());
  }

  /** What officers must see to, or days will stay without a verdict. */
  async notices(): Promise<Notice[]> {
    const today = dateOfDay(Math.floor(this.time.localMs(this.#deps.now()) / DAY_MS));
    const notice = calendarNotice(this.#calendar(await this.book()), today);
    return notice ? [notice] : [];
  }

  /** Nobody is judged for days on which nobody looked. */
  #firstDay(book: EvidenceBook): DayNumber {
    if (book.startedOn !== undefined) return book.startedOn;
    return Math.floor(this.time.localMs(book.firstRegisteredAt ?? this.#deps.now()) / DAY_MS);
  }

  /** As the book is now: not to be kept over a wait. */
  workdays(book: EvidenceBook): Workdays {
    const calendar = this.#calendar(book);
    // Every person is asked about the same days.
    const known = new Map<DayNumber, DayType | undefined>();
    return (day) => {
      if (known.has(day)) return known.get(day);
      const works = calendar.isWorkingDay(dateOfDay(day));
      const type = works === undefined ? undefined : works ? "workday" : "restday";
      known.set(day, type);
      return type;
    };
  }

  #calendar(book: EvidenceBook): Calendar {
    return layOver(this.#deps.calendar, book.enteredDays);
  }

  /** Reads what was committed since the last look; one look at a time. */
  #refresh(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#readLog());
    return this.#reading;
  }

  async #readLog(): Promise<void> {
    const newest = await this.#newestRecord();
    for (;;) {
      const rows = await this.#deps.store.read
        .selectFrom("record")
        .innerJoin("mark", "mark.id", "record.mark_id")
        .innerJoin("source", "source.id", "mark.source_id")
        .select(["record.id", "record.kind", "record.committed_at", "record.body"])
        .where("record.id", ">", this.#lastRecord)
        .where("record.id", "<=", newest)
        .where("source.name", "=", CENTRE_SOURCE)
        .orderBy("record.id")
        .limit(READ_PAGE)
        .execute();
      for (const row of rows) this.#take(row);
      if (rows.length < READ_PAGE) break;
    }
    // Beyond the last row of the centre too: the next look must not pass over all punches since.
    this.#lastRecord = Math.max(this.#lastRecord, newest);
  }

  async #newestRecord(): Promise<number> {
    const query = this.#deps.store.read.selectFrom("record").select("id").orderBy("id", "desc").limit(1);
    return (await query.executeTakeFirst())?.id ?? 0;
  }

  #take(row: { id: number; kind: string; committed_at: number; body: string }): void {
    this.#lastRecord = row.id;
    if (!isAttendanceKind(row.kind)) return;
    const decision = { kind: row.kind, body: JSON.parse(row.body) } as AttendanceDecision;
    this.#log.push({ decision, committedAt: row.committed_at });
    this.#present.apply(decision, row.committed_at);
  }
}

const NO_PUNCHES: readonly Punch[] = [];
