/** The clock readers beside a collector: started when `clocks.json` names clocks, and again when it changes. */
import { type FSWatcher, watch } from "node:fs";
import type { Log } from "../protocol/log.ts";
import type { Clock, Random } from "../protocol/time.ts";
import { isOwn, readIdentity } from "../protocol/uplink/identity.ts";
import { openSource } from "../protocol/uplink/open-source.ts";
import { CLOCKS_FILE, type ClocksFile, readClocks } from "./clocks/config.ts";
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
  /** `faults`: clocks of the file that are not read. */
  stats(): Record<string, number>;
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

export async function startReaderHost(options: ReaderHostOptions, deps: ReaderHostDeps): Promise<ReaderHost> {
  const { log, clock } = deps;
  const ticket = createTicket(options.token, clock);
  let readers: Readers | undefined;
  let work: Promise<void> = Promise.resolve();
  let waits = backOff(deps.random, AGAIN_MS_MAX);
  let cancel = () => {};
  let isStopped = false;

  async function restart(): Promise<void> {
    // A file that is no list at all leaves the readers as they are.
    const { clocks, faults } = isStopped ? NO_CLOCKS : await readClocks(options.home);
    await readers?.stop("service-stop");
    readers = undefined;
    if (clocks.length + faults.length === 0) return;
    readers = await startReaders(await readerOptions(options, ticket, clock.now()), { ...deps, openSource });
    ticket.used();
    waits = backOff(deps.random, AGAIN_MS_MAX);
  }

  function schedule(): void {
    work = work.then(restart).catch((error: Error) => {
      log.error({ err: error.message }, "the clock readers did not start");
      scheduleAfter(waits.next().value);
    });
  }

  function scheduleAfter(ms: number): void {
    if (isStopped) return;
    cancel();
    cancel = clock.after(ms, schedule);
  }

  const stopWatching = watchFile(options.home, deps, (ms) => scheduleAfter(ms));
  schedule();
  return {
    settled: () => work,
    stats() {
      const state = readers?.state();
      return {
        clocks: state?.clocks.length ?? 0,
        faults: state?.faults.length ?? 0,
        pending: state?.source.pending ?? 0,
        ...state?.source.counters,
      };
    },
    find: (nameOrClock) => readers?.find(nameOrClock),
    async stop() {
      isStopped = true;
      stopWatching();
      cancel();
      schedule();
      await work;
    },
  };
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
