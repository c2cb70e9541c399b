/** Composition root of the collector: the one place that reads its configuration and wires its parts, and unwires them in order. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../protocol/log.ts";
import { type Clock, formatInstant, type Random } from "../protocol/time.ts";
import { AttendanceDesk } from "./attendance-desk/desk.ts";
import { AttendanceLive } from "./attendance-desk/live.ts";
import { type Authority, openAuthority } from "./broker/pki/authority.ts";
import { keepCertificate } from "./broker/pki/kept-certificate.ts";
import { openServerCertificate, type ServerCertificate, serverNames } from "./broker/pki/server-certificate.ts";
import { createCalendar } from "./calendar/calendar.ts";
import { type CollectorConfig, type CollectorConfigInput, readCollectorConfig } from "./config.ts";
import { openConsole, type RunningConsole } from "./console/console.ts";
import { REVOCATION_LIST_FILE, writeRevocationList } from "./enrolment/revocation-list.ts";
import { createEnrolToken } from "./enrolment/tokens.ts";
import { createHealth } from "./health.ts";
import { createIntake, type Intake } from "./intake/create-intake.ts";
import type { NumberedChange } from "./projections/flush.ts";
import { createProjector, type Projector } from "./projections/runner.ts";
import { type ReaderHost, startReaderHost } from "./readers.ts";
import { type RetentionKeeper, startRetention } from "./retention/keeper.ts";
import { ensureAdminToken, removeRunFile, writeRunFile } from "./run-file.ts";
import { openNodeSqliteDriver } from "./store/node-sqlite-driver.ts";
import { openStore } from "./store/open-store.ts";
import type { Store } from "./store/port.ts";
import { openSqlite3Driver } from "./store/sqlite3-driver.ts";
import { COLLECTOR_VERSION } from "./version.ts";
import { isAnyAddress, localHost } from "./wiring/addresses.ts";
import { askForWhole } from "./wiring/ask-for-whole.ts";
import { openBroker, type UrlBroker } from "./wiring/broker.ts";
import { createClockUsers } from "./wiring/clock-users.ts";
import { enrolmentDeps } from "./wiring/enrolment.ts";
import { judging } from "./wiring/judging.ts";
import { createRebuilder } from "./wiring/rebuilder.ts";

export interface CollectorOptions {
  home: string;
  config?: CollectorConfigInput;
}

export interface CollectorDeps {
  clock: Clock;
  random: Random;
  log: Log;
}

export interface RunningCollector {
  readonly config: CollectorConfig;
  readonly apiUrl: string;
  readonly mqttUrl: string;
  readonly caFile: string;
  readonly caFingerprint: string;
  readonly adminToken: string;
  /** Stops accepting, commits what was accepted, closes everything. Idempotent. */
  stop(): Promise<void>;
}

const DATABASE_FILE = "dianmao.db";

export function databasePath(home: string): string {
  return join(home, DATABASE_FILE);
}

/**
 * Rejects with AppError `config-invalid`, `already-running`, `database-newer`, `port-in-use`, `authority-damaged` and others of
 * the parts; then nothing stays open.
 */
export async function startCollector(
  { home, config: input }: CollectorOptions,
  deps: CollectorDeps,
): Promise<RunningCollector> {
  const config = await readCollectorConfig(home, input);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const closers: Closers = [];
  const close = () => closeAll(closers);
  try {
    return await start(home, config, deps, closers, close);
  } catch (error) {
    await close().catch((cause: Error) => deps.log.error({ err: cause.message }, "a part could not be closed"));
    throw error;
  }
}

/** Undone in reverse. */
type Closers = (() => Promise<unknown> | unknown)[];

/** One that fails keeps no other open: the database comes last. Rejects with the first failure. */
async function closeAll(closers: Closers): Promise<void> {
  const failures: unknown[] = [];
  for (const closer of closers.splice(0).reverse()) {
    try {
      await closer();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function start(
  home: string,
  config: CollectorConfig,
  deps: CollectorDeps,
  closers: Closers,
  close: () => Promise<void>,
): Promise<RunningCollector> {
  const base = await openBase(home, config, deps, closers);
  const line = await openLine(config, base, closers);
  const { apiUrl, adminToken } = await openDoors(config, base, line, closers);
  let stopping: Promise<void> | undefined;
  return {
    config,
    apiUrl,
    mqttUrl: line.broker.url,
    caFile: base.caFile,
    caFingerprint: base.authority.fingerprint,
    adminToken,
    stop: () => {
      stopping ??= close();
      return stopping;
    },
  };
}

interface Base extends CollectorDeps {
  home: string;
  /** Of keys and certificates. */
  folder: string;
  caFile: string;
  store: Store;
  authority: Authority;
  names: string[];
  certificate: ServerCertificate;
}

/** The database and the authority: what lasts. */
async function openBase(home: string, config: CollectorConfig, deps: CollectorDeps, closers: Closers): Promise<Base> {
  const { clock, log } = deps;
  const driver = config.sqlite === "node" ? openNodeSqliteDriver : openSqlite3Driver;
  const store = await openStore({ path: databasePath(home), driver, clock, log });
  closers.push(() => store.close());
  const folder = join(home, "pki");
  const authority = await openAuthority({ folder, name: `Dianmao ${config.site}`, clock });
  const names = serverNames([...config.names, ...(isAnyAddress(config.host) ? [] : [config.host])]);
  const certificate = await openServerCertificate(folder, authority, names, clock);
  return { ...deps, home, folder, caFile: join(folder, "ca.pem"), store, authority, names, certificate };
}

interface Line {
  broker: UrlBroker;
  intake: Intake;
  projector: Projector;
  retention: RetentionKeeper;
  desk: AttendanceDesk;
  /** Of the projections and of attendance, in the order of their numbers. */
  onChange(listener: ChangeListener): () => void;
}

type ChangeListener = (changes: readonly NumberedChange[]) => void;

/** From what sources publish to what is shown. */
async function openLine(config: CollectorConfig, base: Base, closers: Closers): Promise<Line> {
  const { store, clock, log } = base;
  const broker = await openBroker(base.folder, config, base);
  // Nothing more comes in before what came in is committed.
  let intake: Intake | undefined;
  closers.push(() => intake?.close());
  closers.push(() => broker.close());
  intake = await createIntake({ store, broker, clock, log, version: COLLECTOR_VERSION });
  const judged = { store, clock, log, ...judging(config.zone) };
  const projector = createProjector({
    ...judged,
    onStale: (source) => askForWhole(source, config.site, { broker, clock, log }),
  });
  await projector.start();
  closers.push(() => projector.stop());
  const attendance = await openAttendance(config, base, projector, closers);
  const retention = startRetention(judged);
  closers.push(() => retention.stop());
  return { broker, intake, projector, retention, ...attendance };
}

async function openAttendance(config: CollectorConfig, base: Base, projector: Projector, closers: Closers) {
  const { store, clock, log } = base;
  const listeners = new Set<ChangeListener>();
  const tell: ChangeListener = (changes) => {
    for (const listener of listeners) listener(changes);
  };
  const desk = new AttendanceDesk({ store, zone: config.zone, calendar: createCalendar(), now: () => clock.now() });
  const live = new AttendanceLive({ store, desk, clock, log, tell });
  closers.push(() => live.stop());
  closers.push(
    projector.onChange((changes) => {
      tell(changes);
      live.offer(changes);
    }),
  );
  await live.start();
  const onChange = (listener: ChangeListener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return { desk, onChange };
}

/** How people, sources and this machine's own readers come in. */
async function openDoors(
  config: CollectorConfig,
  base: Base,
  line: Line,
  closers: Closers,
): Promise<{ apiUrl: string; adminToken: string }> {
  const { home, folder, caFile, store, authority, names, certificate, clock, log } = base;
  const { broker } = line;
  const listPath = join(folder, REVOCATION_LIST_FILE);
  await writeRevocationList({ store, authority }, listPath);
  const cutOff = async (source: string) => {
    await line.intake.refresh(source);
    await broker.disconnect(source);
    await writeRevocationList({ store, authority }, listPath);
  };
  const readers: { host?: ReaderHost } = {};
  const console_ = await openApi(config, base, { ...line, readers, cutOff });
  closers.push(() => console_.close());
  const open = () => openServerCertificate(folder, authority, names, clock);
  closers.push(
    keepCertificate({ open, clock, log }, certificate, (next) => {
      broker.setCertificate?.(next);
      console_.setCertificate(withChain(next, authority));
    }),
  );

  const adminToken = await ensureAdminToken(home, { store, clock });
  const apiUrl = `https://${localHost(config.host)}:${console_.port}`;
  const token = async () => (await createEnrolToken({ store, clock }, READER_TOKEN)).token;
  const centre = { url: apiUrl, caFile };
  readers.host = await startReaderHost({ home, zone: config.zone, centre, broker: broker.url, token }, base);
  closers.push(() => readers.host?.stop());
  const startedAt = formatInstant(clock.now());
  await writeRunFile(home, { pid: process.pid, apiUrl, mqttUrl: broker.url, caFile, startedAt });
  closers.push(() => removeRunFile(home));
  return { apiUrl, adminToken };
}

/** For the readers of this very process; used at once or never. */
const READER_TOKEN = { purpose: "enrol-once", label: "readers of this collector", days: 1 } as const;

/** The whole chain, so that a source can recognise the centre by the fingerprint of its authority. */
function withChain({ certificatePem, keyPem }: ServerCertificate, { caPem }: Authority): ServerCertificate {
  return { certificatePem: `${certificatePem}\n${caPem}`, keyPem };
}

function openApi(
  config: CollectorConfig,
  base: Base,
  parts: Line & { readers: { host?: ReaderHost }; cutOff: (source: string) => Promise<void> },
): Promise<RunningConsole> {
  const { store, clock, log, authority } = base;
  const { broker, intake, projector, retention, desk, onChange, readers, cutOff } = parts;
  const stats = () => ({
    broker: broker.stats(),
    intake: intake.stats(),
    projector: projector.stats(),
    store: store.stats(),
    readers: readers.host?.stats() ?? {},
    retention: retention.stats(),
  });
  return openConsole(
    { host: config.host, port: config.apiPort, certificate: withChain(base.certificate, authority) },
    {
      store,
      clock,
      log,
      enrolment: enrolmentDeps(config, base, { disconnect: cutOff, mqttUrl: broker.url }),
      disconnect: cutOff,
      applied: (recordId) => projector.applied(recordId),
      onChange,
      zone: config.zone,
      version: COLLECTOR_VERSION,
      desk,
      clockUsers: createClockUsers({ ...base, desk, zone: config.zone, find: (name) => readers.host?.find(name) }),
      clockFaults: () => readers.host?.faults() ?? [],
      health: createHealth({ store, clock, stats }),
      rebuilder: createRebuilder(projector, log),
      retention,
    },
  );
}
