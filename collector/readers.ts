/** The clock readers beside a collector: started when `clocks.json` names clocks, and again when it changes. */
import { type FSWatcher, watch } from "node:fs";
import type { Log } from "../protocol/log.ts";
import type { Clock, Random } from "../protocol/time.ts";
import { isOwn, readIdentity } from "../protocol/uplink/identity.ts";
import { openSource } from "../protocol/uplink/open-source.ts";
import { CLOCKS_FILE, listClocks } from "./clocks/config.ts";
import { readHostIdentity } from "./clocks/host-identity.ts";
import { backOff } from "./clocks/reader/back-off.ts";
import { type Readers, readerSourceFolder, startReaders } from "./clocks/reader-main.ts";
import { COLLECTOR_VERSION } from "./version.ts";

/** Editors write a file in several steps. */
const SETTLE_MS = 500;
/** What kept the readers from starting may pass: a command that has the lines, a disk that is full. */
const AGAIN_MS_MAX = 60_000;

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
  stats(): Record<string, number>;
  /** Resolves once a start that is under way is over. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export async function startReaderHost(
  options: ReaderHostOptions,
  deps: { clock: Clock; random: Random; log: Log },
): Promise<ReaderHost> {
  const { log, clock } = deps;
  let readers: Readers | undefined;
  let work: Promise<void> = Promise.resolve();
  let waits = backOff(deps.random, AGAIN_MS_MAX);
  let cancel = () => {};
  let isStopped = false;

  async function restart(): Promise<void> {
    await readers?.stop("service-stop");
    readers = undefined;
    if (isStopped || (await listClocks(options.home)).length === 0) return;
    readers = await startReaders(await readerOptions(options, clock.now()), { ...deps, openSource });
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

  const watcher: FSWatcher = watch(options.home, (_event, file) => {
    if (file === CLOCKS_FILE) scheduleAfter(SETTLE_MS);
  });
  schedule();
  return {
    settled: () => work,
    stats() {
      const state = readers?.state();
      return {
        clocks: state?.clocks.length ?? 0,
        pending: state?.source.pending ?? 0,
        ...state?.source.counters,
      };
    },
    async stop() {
      isStopped = true;
      watcher.close();
      cancel();
      schedule();
      await work;
    },
  };
}

async function readerOptions({ home, zone, centre, broker, token, wanted, simulated }: ReaderHostOptions, now: number) {
  const host = await readHostIdentity();
  const identity = await readIdentity(readerSourceFolder(home));
  const isEnrolled = identity && isOwn(identity, host.machine) && Date.parse(identity.expiresAt) > now;
  const secret = isEnrolled ? undefined : await token();
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
