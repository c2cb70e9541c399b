/** Keeps one clock connected for good: opens its line, identifies it, runs sessions, and begins again when it is lost. */
import { isAppError } from "../../../protocol/errors.ts";
import type { DevicePunch } from "../drivers/driver.ts";
import { AlarmClock } from "./alarm-clock.ts";
import { BACK_OFF_MS_MAX, backOff } from "./back-off.ts";
import { away, Errands, type Loan } from "./errands.ts";
import { LogBook } from "./log-book.ts";
import { Naps } from "./naps.ts";
import type { ReaderCounters, ReaderDeps, ReaderOptions, ReaderState } from "./options.ts";
import { Quiet } from "./quiet.ts";
import { Recorder } from "./recorder.ts";
import { lossReason, Session } from "./session.ts";

/** Pushes held while it is not yet known whose they are; the log has what is more. */
export const HELD_PUSHES_MAX = 256;

interface Desk {
  recorder: Recorder;
  book: LogBook;
}

export class ClockReader {
  readonly #options: ReaderOptions;
  readonly #deps: ReaderDeps;
  readonly #alarm: AlarmClock;
  readonly #naps: Naps;
  readonly #quiet: Quiet;
  readonly #errands: Errands;
  readonly #counters: ReaderCounters = {
    live: 0,
    fromLog: 0,
    duplicates: 0,
    doubtful: 0,
    notKept: 0,
    reconnects: 0,
  };
  /** By serial number: books outlive connections. */
  readonly #books = new Map<string, LogBook>();
  /** Where pushes go; undefined while the clock is not identified. */
  #desk: Desk | undefined;
  #lastDesk: Desk | undefined;
  #session: Session | undefined;
  #held: { punch: DevicePunch; readAt: number }[] = [];
  #startOver = false;
  #stopped = false;
  #trouble: string | undefined;
  #running: Promise<void> | undefined;
  #unsubscribe: (() => void)[] = [];

  constructor(options: ReaderOptions, deps: ReaderDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#alarm = new AlarmClock(deps.clock);
    this.#naps = new Naps(deps.clock);
    this.#quiet = new Quiet(deps.clock, this.#naps);
    this.#errands = new Errands(deps.clock, () => this.#alarm.wake());
  }

  start(): void {
    if (this.#running) return;
    const { driver, sink } = this.#deps;
    this.#unsubscribe = [
      driver.onPunch((punch, readAt) => this.#takePush(punch, readAt)),
      driver.onStarted(() => this.#takeStart()),
      // The session may be asleep until its next poll.
      driver.onLost(() => this.#alarm.wake()),
      sink.onReplay(({ missing }) => this.#replay(missing)),
    ];
    this.#running = this.#run();
  }

  /** Ends the session and closes the line. Rejects with what a programmer's error ended the reader before. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#alarm.wake();
    this.#naps.end();
    await this.#deps.driver.close();
    await this.#running;
  }

  /** Runs `use` after the next poll. Rejects as it does, with `clock-lost` while the clock is away, and with `clock-busy`. */
  lend<T>(use: (loan: Loan) => Promise<T>): Promise<T> {
    return this.#desk ? this.#errands.ask(use) : Promise.reject(away(this.#options.name));
  }

  state(): ReaderState {
    const { driver } = this.#deps;
    const { recorder, book } = this.#lastDesk ?? {};
    const { counts, capacity } = this.#session ?? {};
    return {
      name: this.#options.name,
      port: driver.lineName,
      device: driver.device,
      connected: this.#desk !== undefined,
      ...(recorder ? { clock: recorder.clock } : {}),
      ...(recorder?.identity.firmware ? { firmware: recorder.identity.firmware } : {}),
      ...(recorder?.identity.model ? { model: recorder.identity.model } : {}),
      ...(typeof recorder?.offsetMs === "number" ? { offsetMs: recorder.offsetMs } : {}),
      ...(counts ? { records: counts.records } : {}),
      ...(capacity ? { capacity: capacity.records } : {}),
      ...(book?.watermark ? { position: book.watermark.position } : {}),
      ...(this.#trouble ? { trouble: this.#trouble } : {}),
      counters: { ...this.#counters },
    };
  }

  async #run(): Promise<void> {
    let waits = this.#backOff();
    while (!this.#stopped) {
      const connectedBefore = this.#counters.reconnects;
      await this.#connect();
      if (this.#counters.reconnects > connectedBefore) waits = this.#backOff();
      if (!this.#stopped) await this.#alarm.sleep(this.#patience(waits.next().value));
    }
  }

  #backOff() {
    return backOff(this.#deps.random, this.#options.silentBackOffMsMax);
  }

  /** Only a clock that is silent takes the line's time from others: a cable that is plugged in again is noticed soon. */
  #patience(waitMs: number): number {
    return this.#trouble === "clock-silent" ? waitMs : Math.min(waitMs, BACK_OFF_MS_MAX);
  }

  async #connect(): Promise<void> {
    const { driver, log } = this.#deps;
    try {
      await driver.open();
      if (this.#stopped) return;
      await this.#identify();
      await this.#session?.run();
    } catch (error) {
      const reason = lossReason(error);
      if (this.#stopped) return;
      this.#trouble = reason;
      log.warn({ clock: this.#options.name, port: driver.lineName, reason }, "clock lost");
      await this.#tellLost(reason);
    } finally {
      this.#desk = undefined;
      this.#errands.refuse(away(this.#options.name));
      await driver.close();
    }
  }

  async #tellLost(reason: string): Promise<void> {
    const desk = this.#desk;
    this.#desk = undefined;
    if (!desk) return;
    this.#counters.reconnects += 1;
    await desk.recorder.event({ event: "lost", reason });
  }

  async #identify(): Promise<void> {
    const identity = await this.#deps.driver.identify();
    const recorder = new Recorder(identity, this.#options, this.#deps, this.#counters);
    const before = this.#lastDesk?.recorder;
    if (before && before.clock !== recorder.clock) {
      this.#deps.log.warn({ was: before.clock, is: recorder.clock }, "another clock hangs on this line");
    }
    const book = await this.#openBook(recorder);
    const desk = { recorder, book };
    this.#session = new Session(this.#options, {
      ...this.#deps,
      ...desk,
      quiet: this.#quiet,
      naps: this.#naps,
      alarm: this.#alarm,
      errands: this.#errands,
      isStopped: () => this.#stopped,
      trouble: (code) => {
        this.#trouble = code;
      },
    });
    this.#desk = desk;
    this.#lastDesk = desk;
    this.#trouble = undefined;
    this.#releaseHeld();
  }

  async #openBook(recorder: Recorder): Promise<LogBook> {
    const { clock } = recorder;
    const known = this.#books.get(clock);
    if (known) return known;
    const { driver, sink, store, log } = this.#deps;
    const book = new LogBook(await store.load(clock), {
      clock,
      driver,
      sink,
      store,
      log,
      now: () => this.#deps.clock.now(),
      pause: () => this.#quiet.lull(),
      keep: async ({ punch, ordinal, readAt }) => {
        await (this.#lastDesk?.recorder ?? recorder).punch(punch, { via: "log", ordinal, readAt });
        book.ledger.add(punch, ordinal);
      },
    });
    this.#books.set(clock, book);
    if (this.#startOver) await book.startOver();
    this.#startOver = false;
    return book;
  }

  #releaseHeld(): void {
    const held = this.#held;
    this.#held = [];
    for (const { punch, readAt } of held) this.#takePush(punch, readAt);
  }

  #takePush(punch: DevicePunch, readAt: number): void {
    this.#quiet.punched();
    if (this.#desk) this.#keepPush(punch, readAt, this.#desk);
    else if (this.#held.length < HELD_PUSHES_MAX) this.#held.push({ punch, readAt });
  }

  /** To the journal before anything else. */
  #keepPush(punch: DevicePunch, readAt: number, { recorder, book }: Desk): void {
    if (!book.ledger.isNewLive(punch)) {
      this.#counters.duplicates += 1;
      return;
    }
    book.ledger.add(punch, 0);
    const appended = recorder.punch(punch, { via: "live", ordinal: 0, readAt }).catch((error: unknown) => {
      book.ledger.remove(punch, 0);
      this.#counters.notKept += 1;
      const code = isAppError(error) ? error.code : "unknown";
      this.#deps.log.error({ clock: recorder.clock, code }, "push not kept; the clock's log has it");
      throw error;
    });
    book.addLive(punch.raw, appended);
  }

  /** A power cut may have moved its time and eaten pushes. */
  #takeStart(): void {
    void this.#desk?.recorder.event({ event: "reset", reason: "start-up notice" });
    this.#alarm.wake();
  }

  #replay(missing: number): void {
    if (missing === 0) return;
    if (this.#books.size === 0) this.#startOver = true;
    for (const book of this.#books.values()) {
      book.startOver().catch((error: unknown) => {
        this.#deps.log.error({ code: isAppError(error) ? error.code : "unknown" }, "watermark not reset");
      });
    }
    this.#alarm.wake();
  }
}
