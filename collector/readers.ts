/** The clock readers beside a collector: started when `clocks.json` names clocks, and again when it changes. */
import { type FSWatcher, watch } from "node:fs";
import { isAppError } from "../protocol/errors.ts";
import type { Log } from "../protocol/log.ts";
import type { Clock, Random } from "../protocol/time.ts";
import { isOwn, readIdentity } from "../protocol/uplink/identity.ts";
import { openSource } from "../protocol/uplink/open-source.ts";
import { CLOCKS_FILE, type ClockFault, type ClocksFile, readClocks } from "./clocks/config.ts";
import { readHostIdentity } from "./clocks/host-identity.ts";
import { backOff } from "./clocks/reader/back-off.ts";
import { type LentClock, type Readers, readerSourceFolder, startReaders } from "./clocks/reader-main.ts";
import { COLLECTOR_VERSION } from "./version.ts";

/** Editors write a file in several steps. */
const SETTLE_MS = 500;
/** What kept the readers from starting may pass: a command that has the lines, a disk that is full. */
export const AGAIN_MS_MAX = 60_000;
/** A folder that cannot be watched is watched again, and the file looked at, after this. */
export const WATCH_AGAIN_MS = 60_000;

/** A token is good for a day; one that was kept for the next try is not used to the last minute. */
const TICKET_MS_MAX = 12 * 60 * 60 * 1000;
const NO_CLOCKS: ClocksFile = { clocks: [], faults: [] };

export interface ReaderHostOptions {
  home: string;
  zone: string;
  centre: { url: string; caFile?: string; caFingerprint?: string };
  /** Where the broker is now; by default where it was at the enrolment. */
  broker?: string;
  /** A token for the first enrolment, asked for only then. */
  token: () => Promise<string | undefined>;
  wanted?: string;
  simulated?: boolean;
}

export interface ReaderHost {
  /** `faults`: how many there are. */
  stats(): Record<string, number>;
  /** Clocks of the file that are not read, and why; or why none of them could be started anew. */
  faults(): ClockFault[];
  /** By the name that people gave it, or by its serial number; undefined for a clock that is not read here. */
  find(nameOrClock: string): LentClock | undefined;
  /** Resolves once a start that is under way is over. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface ReaderHostDeps {
  clock: Clock;
  random: Random;
  log: Log;
  /** Default: the system's. */
  watch?: (folder: string, onChange: (event: string, file: string | null) => void) => FSWatcher;
}

/** Resolves at once; the first start is under way (see `settled`). */
export async function startReaderHost(options: ReaderHostOptions, deps: ReaderHostDeps): Promise<ReaderHost> {
  return new OwnReaders(options, deps);
}

class OwnReaders implements ReaderHost {
  readonly #options: ReaderHostOptions;
  readonly #deps: ReaderHostDeps;
  readonly #ticket: Ticket;
  readonly #stopWatching: () => void;
  #readers: Readers | undefined;
  /** What the file said when they were started. */
  #read: string | undefined;
  /** Why the last start failed, if it did. */
  #failure: ClockFault | undefined;
  #work: Promise<void> = Promise.resolve();
  #waits: Generator<number, never>;
  #cancel = () => {};
  #isStopped = false;

  constructor(options: ReaderHostOptions, deps: ReaderHostDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#ticket = createTicket(options.token, deps.clock);
    this.#waits = backOff(deps.random, AGAIN_MS_MAX);
    this.#stopWatching = watchFile(options.home, deps, (ms) => this.#scheduleAfter(ms));
    this.#schedule();
  }

  stats(): Record<string, number> {
    const state = this.#readers?.state();
    return {
      clocks: state?.clocks.length ?? 0,
      faults: this.faults().length,
      pending: state?.source.pending ?? 0,
      ...state?.source.counters,
    };
  }

  faults(): ClockFault[] {
    return [...(this.#failure ? [this.#failure] : []), ...(this.#readers?.state().faults ?? [])];
  }

  find(nameOrClock: string): LentClock | undefined {
    return this.#readers?.find(nameOrClock);
  }

  settled(): Promise<void> {
    return this.#work;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopWatching();
    this.#cancel();
    this.#schedule();
    await this.#work;
  }

  async #restart(): Promise<void> {
    // A file that is no list at all leaves the readers as they are, and so does one that says the same as before.
    const file = this.#isStopped ? NO_CLOCKS : await readClocks(this.#options.home);
    const says = JSON.stringify(file);
    this.#failure = undefined;
    if (this.#readers && !this.#isStopped && says === this.#read) return;
    await this.#readers?.stop("service-stop");
    this.#readers = undefined;
    if (file.clocks.length + file.faults.length === 0) return;
    const options = await readerOptions(this.#options, this.#ticket, this.#deps.clock.now());
    this.#readers = await startReaders(options, { ...this.#deps, openSource });
    this.#read = says;
    this.#ticket.used();
    this.#waits = backOff(this.#deps.random, AGAIN_MS_MAX);
  }

  #schedule(): void {
    this.#work = this.#work
      .then(() => this.#restart())
      .catch((error: Error) => {
        this.#deps.log.error({ err: error.message }, "the clock readers did not start");
        this.#failure = { code: isAppError(error) ? error.code : "internal", message: error.message };
        this.#scheduleAfter(this.#waits.next().value);
      });
  }

  #scheduleAfter(ms: number): void {
    if (this.#isStopped) return;
    this.#cancel();
    this.#cancel = this.#deps.clock.after(ms, () => this.#schedule());
  }
}

/**
 * Calls `changed` with how long to wait when the clocks' file may have changed, until the returned function is called. A watch that
 * fails is begun again: readers go on as they are meanwhile.
 */
function watchFile(home: string, deps: ReaderHostDeps, changed: (ms: number) => void): () => void {
  const { clock, log, watch: watchFolder = watch } = deps;
  let watcher: FSWatcher | undefined;
  let cancel = () => {};
  function begin(): void {
    try {
      watcher = watchFolder(home, (_event, file) => {
        if (file === CLOCKS_FILE) changed(SETTLE_MS);
      });
      watcher.on("error", fail);
    } catch (error) {
      fail(error as Error);
    }
  }
  function fail({ message }: Error): void {
    log.warn({ err: message, file: CLOCKS_FILE }, "changes of the clocks' file are not seen for a while");
    watcher?.close();
    cancel();
    cancel = clock.after(WATCH_AGAIN_MS, () => {
      begin();
      changed(0);
    });
  }
  begin();
  return () => {
    cancel();
    watcher?.close();
  };
}

/** One token for the first enrolment, however often the start is tried. */
interface Ticket {
  secret(): Promise<string | undefined>;
  /** The readers run: what they need next time is another. */
  used(): void;
}

function createTicket(token: ReaderHostOptions["token"], clock: Clock): Ticket {
  let kept: { secret: string | undefined; since: number } | undefined;
  return {
    async secret() {
      if (!kept || clock.monotonic() - kept.since > TICKET_MS_MAX) {
        kept = { secret: await token(), since: clock.monotonic() };
      }
      return kept.secret;
    },
    used() {
      kept = undefined;
    },
  };
}

async function readerOptions(options: ReaderHostOptions, ticket: Ticket, now: number) {
  const { home, zone, centre, broker, wanted, simulated } = options;
  const host = await readHostIdentity();
  const identity = await readIdentity(readerSourceFolder(home));
  const isEnrolled = identity && isOwn(identity, host.machine) && Date.parse(identity.expiresAt) > now;
  const secret = isEnrolled ? undefined : await ticket.secret();
  return {
    home,
    site: { zone },
    source: {
      ...host,
      version: `dianmao-reader/${COLLECTOR_VERSION}`,
      centre: { ...centre, ...(secret === undefined ? {} : { token: secret }) },
      ...(broker === undefined ? {} : { broker }),
      ...(wanted === undefined ? {} : { wanted }),
      ...(simulated ? { simulated } : {}),
    },
  };
}
