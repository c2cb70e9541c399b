/**
 * The attendance desk: evidence read from the log, evaluated as of any moment. Rows of the centre are kept in memory (a few a
 * person and week); punches are read for the days that are asked for.
 */
import type { EvidenceBook, StaffEntry } from "../attendance/evidence/evidence-book.ts";
import type { DayType, PersonFacts, Request, Workdays } from "../attendance/facts.ts";
import { type EvaluationContext, evaluatePerson, type PersonResult } from "../attendance/person.ts";
import { judgeRequest, type RequestVerdict } from "../attendance/requests.ts";
import { type AttendanceSettings, DEFAULT_SETTINGS } from "../attendance/settings.ts";
import { type DayNumber, dateOfDay, type SiteTime, siteTime } from "../attendance/site-time.ts";
import { type Calendar, layOver } from "../calendar/calendar.ts";
import type { Store } from "../store/port.ts";
import { type Aside, readAside } from "./aside.ts";
import { EvidenceLog } from "./evidence-log.ts";
import { calendarNotice, type Notice } from "./notices.ts";
import { readPunches } from "./punches.ts";
import { type CompletenessView, readCompleteness } from "./read-completeness.ts";
import { runsOf, type SettingsOn } from "./settings-in-force.ts";

/** Days of people that are evaluated at a time: other work waits for no more, some 30 ms. */
const PERSON_DAYS_AT_ONCE = 5000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Device times before it are a fault of the clock. */
const SYSTEM_START = "2025-01-01";

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

/** People judged as of one moment, ms UTC; of now without one. */
export interface JudgedGroup {
  people: readonly StaffEntry[];
  asOf?: number | undefined;
}

export class AttendanceDesk {
  readonly time: SiteTime;
  /** What is not for officers to change of them, and what else there is at first. */
  readonly settings: AttendanceSettings = DEFAULT_SETTINGS;
  readonly #deps: DeskDeps;
  readonly #log: EvidenceLog;

  constructor(deps: DeskDeps) {
    this.#deps = deps;
    this.time = siteTime(deps.zone);
    this.#log = new EvidenceLog(deps.store);
  }

  /** How many rows of the centre about attendance there are, and whom those after the first `count` touch; undefined: perhaps anybody. */
  async touchedSince(count: number): Promise<{ count: number; people: ReadonlySet<string> | undefined }> {
    await this.#log.refresh();
    return { count: this.#log.size, people: this.#log.touchedSince(count) };
  }

  /** The evidence as it was known at `asOf`; now by default. */
  async book(asOf?: number): Promise<EvidenceBook> {
    await this.#log.refresh();
    return asOf === undefined ? this.#log.present : this.#log.replay().until(asOf);
  }

  /** Whose the punches are by the register of now, each person once. */
  async ownersOf(punches: readonly { clock: string; user: string }[]): Promise<StaffEntry[]> {
    const { staff } = await this.book();
    const ownerOf = this.#log.ownersIn(this.#log.present);
    const ids = new Set(punches.map(({ clock, user }) => ownerOf(clock, user)));
    return [...ids].flatMap((id) => (id === undefined ? [] : (staff.get(id) ?? [])));
  }

  /** What had been decided when the day began. */
  settingsOn(day: DayNumber): AttendanceSettings {
    return this.#log.settings.before(this.time.instant(day, 0));
  }

  /** Evaluates the days of each person, in the order of `people`; `asOf` ms UTC, now by default; `settingsOn`: other settings than those in force. */
  async evaluate(
    people: readonly StaffEntry[],
    days: readonly DayNumber[],
    asOf?: number,
    settingsOn?: SettingsOn,
  ): Promise<PersonDays[]> {
    return (await this.judge([{ people, asOf }], days, (result) => result, settingsOn)).flat();
  }

  /**
   * What `show` makes of each person's days, by group, in the order given. The log is gone through once for all groups, and the days of few
   * people are in memory at a time: a year of everybody's would not fit.
   */
  async judge<Shown>(
    groups: readonly JudgedGroup[],
    days: readonly DayNumber[],
    show: (result: PersonDays) => Shown,
    settingsOn?: SettingsOn,
  ): Promise<Shown[][]> {
    if (days.length === 0) return groups.map(() => []);
    await this.#log.refresh();
    const replay = this.#log.replay();
    const shown = new Map<JudgedGroup, Shown[]>();
    const moment = ({ asOf = Number.POSITIVE_INFINITY }: JudgedGroup) => asOf;
    for (const group of [...groups].sort((one, other) => moment(one) - moment(other))) {
      const book = group.asOf === undefined ? this.#log.present : replay.until(group.asOf);
      const own: Shown[] = [];
      const atOnce = Math.ceil(PERSON_DAYS_AT_ONCE / days.length);
      for (let at = 0; at < group.people.length; at += atOnce) {
        const some = { ...group, people: group.people.slice(at, at + atOnce) };
        own.push(...(await this.#evaluate(some, days, book, settingsOn)).map(show));
      }
      shown.set(group, own);
    }
    return groups.map((group) => shown.get(group) ?? []);
  }

  async #evaluate(
    { people, asOf }: JudgedGroup,
    days: readonly DayNumber[],
    book: EvidenceBook,
    settingsOn: SettingsOn = (day) => this.settingsOn(day),
  ): Promise<PersonDays[]> {
    const [first, last] = [Math.min(...days), Math.max(...days)];
    const range = { from: this.time.instant(first, 0), to: this.time.instant(last + 2, 0) };
    const query = { ...range, ownerOf: this.#log.ownersIn(book), accepted: book.acceptedPunches };
    const punches = await readPunches(this.#deps.store, people, query);
    const context = this.#context(book, asOf);
    const runs = runsOf(days, settingsOn);
    const firstDay = this.#firstDay(book);
    return people.map((person) => {
      const counted = { ...person, from: Math.max(person.from, firstDay) };
      const facts: PersonFacts = {
        person: counted,
        punches: punches.get(person.id) ?? [],
        ...book.factsOf(person.id),
      };
      const results = runs.map((run) => evaluatePerson(facts, run.days, { ...context, settings: run.settings }));
      // What is kept aside does not depend on what officers may change: each run has found the same.
      return { person, ...(results[0] as PersonResult), days: results.flatMap(({ days: judged }) => judged) };
    });
  }

  #context(book: EvidenceBook, asOf = this.#deps.now()): EvaluationContext {
    return {
      settings: this.settings,
      time: this.time,
      workdays: this.workdays(book),
      asOf,
      systemStart: this.#systemStart,
    };
  }

  get #systemStart(): number {
    return Date.parse(SYSTEM_START);
  }

  /** What each application of the person comes to, in the order in which they were entered. */
  async judgeRequests(person: StaffEntry, asOf?: number): Promise<{ request: Request; verdict: RequestVerdict }[]> {
    const book = await this.book(asOf);
    const context = { ...this.#context(book, asOf), person };
    return book.factsOf(person.id).requests.map((request) => {
      const settings = this.settingsOn(request.fromDay);
      return { request, verdict: judgeRequest(request, { ...context, settings }) };
    });
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
    const book = await this.book(asOf);
    const wanted = people && new Set(people.map(({ id }) => id));
    const { dayStart, futureToleranceSeconds } = this.settings;
    return await readAside(this.#deps.store, {
      from: this.time.instant(first, dayStart),
      to: this.time.instant(last + 1, dayStart),
      asOf: asOf ?? this.#deps.now(),
      ownerOf: this.#log.ownersIn(book),
      isWanted: (person) => wanted?.has(person) ?? true,
      nobody,
      isAccepted: (punch) => book.acceptedPunches.has(punch),
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
}
