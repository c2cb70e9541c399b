/** Makes a clock of a bare fingerprint module: looks, searches, journals, and only then says thank you. */
import { localOfInstant } from "../../../protocol/clock/local-time.ts";
import { isAppError } from "../../../protocol/errors.ts";
import type { Log } from "../../../protocol/log.ts";
import type { Clock, Random } from "../../../protocol/time.ts";
import type { DevicePunch, UserTable } from "../drivers/driver.ts";
import type { Ef01Module, Found } from "../drivers/ef01-module.ts";
import { AlarmClock } from "../reader/alarm-clock.ts";
import { backOff } from "../reader/back-off.ts";
import { away, Errands, type Loan } from "../reader/errands.ts";
import type { ReaderCounters, ReaderState } from "../reader/options.ts";
import { Recorder, type RecorderOptions } from "../reader/recorder.ts";
import { lossReason } from "../reader/session.ts";
import type { RecordSink } from "../reader/sink.ts";
import { Debounce } from "./debounce.ts";
import type { PageMap } from "./page-map.ts";

/** Between two looks: a finger is noticed within this, and the sensor stays cool. */
export const LOOK_EVERY_MS = 150;
/** Failures in a row after which the line is opened anew. */
const FAILURES_MAX = 3;
const REPORT_MS = 60 * 60 * 1000;

export type ModuleReaderOptions = RecorderOptions;

export interface ModuleReaderDeps {
  module: Ef01Module;
  /** What is lent with the module; undefined: nothing. */
  users: UserTable | undefined;
  /** Read again at each connection, and when a page is found that is not in it. */
  loadPages(): Promise<PageMap>;
  sink: RecordSink;
  clock: Clock;
  random: Random;
  log: Log;
}

export class ModuleReader {
  readonly #options: ModuleReaderOptions;
  readonly #deps: ModuleReaderDeps;
  readonly #recorder: Recorder;
  readonly #alarm: AlarmClock;
  readonly #errands: Errands;
  readonly #debounce = new Debounce();
  readonly #counters: ReaderCounters = { live: 0, fromLog: 0, duplicates: 0, doubtful: 0, notKept: 0, reconnects: 0 };
  #pages: PageMap = new Map();
  #templates = 0;
  /** The module has said that it showed the last person green. */
  #isThanked = false;
  #connected = false;
  #stopped = false;
  #trouble: string | undefined;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  #unsubscribe = () => {};

  constructor(options: ModuleReaderOptions, deps: ModuleReaderDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#alarm = new AlarmClock(deps.clock);
    this.#errands = new Errands(deps.clock, () => this.#alarm.wake());
    const { module: driver, sink, clock, log } = deps;
    // A module has no number of its own: it is known by the name that people gave it.
    this.#recorder = new Recorder({ serial: undefined }, options, { driver, sink, clock, log }, this.#counters);
    // The collector's own clock is the clock.
    this.#recorder.offsetMs = 0;
  }

  start(): void {
    if (this.#running) return;
    this.#unsubscribe = this.#deps.module.onLost(() => this.#alarm.wake());
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    this.#alarm.wake();
    await this.#deps.module.close();
    await this.#running;
  }

  /** Runs `use` between two looks. Rejects as it does, with `clock-lost` while the module is away, and with `clock-busy`. */
  lend<T>(use: (loan: Loan) => Promise<T>): Promise<T> {
    return this.#connected ? this.#errands.ask(use) : Promise.reject(away(this.#options.name));
  }

  state(): ReaderState {
    const { module } = this.#deps;
    return {
      name: this.#options.name,
      port: module.lineName,
      device: module.device,
      connected: this.#connected,
      clock: this.#recorder.clock,
      ...(this.#connected ? { offsetMs: 0 } : {}),
      ...(this.#trouble ? { trouble: this.#trouble } : {}),
      counters: { ...this.#counters },
    };
  }

  async #run(): Promise<void> {
    let waits = backOff(this.#deps.random);
    while (!this.#stopped) {
      const before = this.#counters.reconnects;
      await this.#connect();
      if (this.#counters.reconnects > before) waits = backOff(this.#deps.random);
      if (!this.#stopped) await this.#alarm.sleep(waits.next().value);
    }
  }

  async #connect(): Promise<void> {
    const { module, log } = this.#deps;
    try {
      await module.open();
      this.#templates = await module.count();
      this.#pages = await this.#deps.loadPages();
      this.#connected = true;
      this.#trouble = undefined;
      await this.#recorder.event({ event: "online", ...this.#sizes() });
      await this.#watch();
    } catch (error) {
      const reason = lossReason(error);
      if (this.#stopped) return;
      this.#trouble = reason;
      log.warn({ clock: this.#options.name, port: module.lineName, reason }, "module lost");
      await this.#tellLost(reason);
    } finally {
      this.#connected = false;
      this.#errands.refuse(away(this.#options.name));
      await module.close();
    }
  }

  async #tellLost(reason: string): Promise<void> {
    if (!this.#connected) return;
    this.#counters.reconnects += 1;
    await this.#recorder.event({ event: "lost", reason });
  }

  /** A failed step is never repeated alone: the buffer may hold the last person's features. Each look begins anew. */
  async #watch(): Promise<void> {
    let failures = 0;
    while (!this.#stopped) {
      try {
        await this.#lookOnce();
        failures = 0;
      } catch (error) {
        if (!isAppError(error) || error.code === "line-lost" || ++failures >= FAILURES_MAX) throw error;
        this.#trouble = error.code;
      }
      await this.#runErrands();
      await this.#report();
      if (!this.#stopped) await this.#alarm.sleep(LOOK_EVERY_MS);
    }
  }

  /** They may have changed who is on which page. Each punch is journalled as it is made: there is no log to be read. */
  async #runErrands(): Promise<void> {
    const { users, module } = this.#deps;
    const loan = { clock: this.#recorder.clock, users, readLog: async () => {} };
    if ((await this.#errands.run(loan)) === 0) return;
    await this.#loadPagesAgain();
    this.#templates = await module.count();
  }

  /** Also right after a match: the next person, who may have come while the light was on, goes when they see one. */
  async #lookOnce(): Promise<void> {
    const { module } = this.#deps;
    const look = await module.look(1);
    if (look === "no-finger") this.#debounce.noFinger();
    if (look !== "features") return;
    const found = await module.search();
    if (found) await this.#punch(found);
    else await module.light("red", 1);
    this.#trouble = undefined;
  }

  async #punch(found: Found): Promise<void> {
    const { module, clock } = this.#deps;
    const user = await this.#userOf(found.page);
    const sight = this.#debounce.see(user, clock.monotonic());
    if (sight !== "new") this.#counters.duplicates += 1;
    // Once it was shown, no second one: the next person, who may be laying a finger on by now, would take it for theirs.
    if (sight === "held" && this.#isThanked) return;
    this.#isThanked = false;
    if (sight === "new" && !(await this.#keep(user, found))) return module.light("red", 3);
    await module.light("green", 1);
    this.#isThanked = true;
  }

  /** To the journal before anything else: there is no log to go back to. */
  async #keep(user: string, { raw, at }: Found): Promise<boolean> {
    const punch: DevicePunch = {
      user,
      deviceTime: localOfInstant(at, this.#options.zone),
      verification: ["finger"],
      type: 0,
      workCode: 0,
      raw,
    };
    try {
      await this.#recorder.punch(punch, { via: "live", ordinal: 0, readAt: at });
      return true;
    } catch (error) {
      if (!isAppError(error)) throw error;
      this.#debounce.forget();
      this.#counters.notKept += 1;
      this.#deps.log.error({ clock: this.#recorder.clock, code: error.code }, "punch not kept; the person sees red");
      return false;
    }
  }

  /** A page that nobody is known for still is a punch: an officer can tell whose. */
  async #userOf(page: number): Promise<string> {
    if (!this.#pages.has(page)) await this.#loadPagesAgain();
    return this.#pages.get(page) ?? `page-${page}`;
  }

  /** While a finger is on the sensor: a map that cannot be read now must not cost the punch. */
  async #loadPagesAgain(): Promise<void> {
    try {
      this.#pages = await this.#deps.loadPages();
    } catch (error) {
      if (!isAppError(error)) throw error;
      this.#deps.log.error({ clock: this.#recorder.clock, code: error.code }, "page map not read again");
    }
  }

  async #report(): Promise<void> {
    const now = this.#deps.clock.monotonic();
    if (now - this.#reportedAt < REPORT_MS) return;
    this.#reportedAt = now;
    await this.#recorder.event({ event: "state", ...this.#sizes() });
  }

  #sizes() {
    const users = new Set(this.#pages.values()).size;
    const counts = { users, fingerprints: this.#templates, passwords: 0, cards: 0, records: 0, newRecords: 0 };
    const { librarySize } = this.#deps.module;
    return { counts, capacity: { users: librarySize, fingerprints: librarySize, records: 0 } };
  }
}
