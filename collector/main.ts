/** Composition root of the collector: the one place that reads its configuration and wires its parts, and unwires them in order. */
import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../protocol/log.ts";
import type { Down } from "../protocol/messages/envelope.ts";
import { CONTRACT_VERSION } from "../protocol/messages/limits.ts";
import { addressOf } from "../protocol/messages/topics.ts";
import { type Clock, formatInstant, type Random } from "../protocol/time.ts";
import { AttendanceDesk } from "./attendance-desk/desk.ts";
import { openEmbeddedBroker } from "./broker/embedded/embedded-broker.ts";
import { openExternalBroker } from "./broker/external/external-broker.ts";
import { type Authority, openAuthority } from "./broker/pki/authority.ts";
import { openCentreCertificate } from "./broker/pki/centre-certificate.ts";
import {
  keepServerCertificate,
  openServerCertificate,
  type ServerCertificate,
  serverNames,
} from "./broker/pki/server-certificate.ts";
import { openTicketKeys } from "./broker/pki/ticket-keys.ts";
import type { Broker } from "./broker/port.ts";
import { createCalendar } from "./calendar/calendar.ts";
import { DEFAULT_COMPLIANCE_SETTINGS } from "./compliance/settings.ts";
import { type CollectorConfig, type CollectorConfigInput, readCollectorConfig } from "./config.ts";
import { openConsole, type RunningConsole } from "./console/console.ts";
import { AddressRate } from "./enrolment/address-rate.ts";
import { identify } from "./enrolment/certificates.ts";
import type { EnrolmentDeps } from "./enrolment/deps.ts";
import { REVOCATION_LIST_FILE, writeRevocationList } from "./enrolment/revocation-list.ts";
import { createEnrolToken } from "./enrolment/tokens.ts";
import { createHealth } from "./health.ts";
import { createIntake, type Intake } from "./intake/create-intake.ts";
import { createProjector, type Projector } from "./projections/runner.ts";
import { type ReaderHost, startReaderHost } from "./readers.ts";
import { ensureAdminToken, removeRunFile, writeRunFile } from "./run-file.ts";
import { openNodeSqliteDriver } from "./store/node-sqlite-driver.ts";
import { openStore } from "./store/open-store.ts";
import type { Store } from "./store/port.ts";
import { openSqlite3Driver } from "./store/sqlite3-driver.ts";
import { COLLECTOR_VERSION } from "./version.ts";

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
const ASK_EXPIRES_MS = 10 * 60 * 1000;

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
  const closers: (() => Promise<unknown> | unknown)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    return await start(home, config, deps, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

type Closers = (() => Promise<unknown> | unknown)[];

async function start(
  home: string,
  config: CollectorConfig,
  deps: CollectorDeps,
  closers: Closers,
  close: () => Promise<void>,
): Promise<RunningCollector> {
  const { clock, log } = deps;
  const driver = config.sqlite === "node" ? openNodeSqliteDriver : openSqlite3Driver;
  const store = await openStore({ path: databasePath(home), driver, clock, log });
  closers.push(() => store.close());

  const folder = join(home, "pki");
  const authority = await openAuthority({ folder, name: `Dianmao ${config.site}`, clock });
  const names = serverNames([...config.names, ...(isAnyAddress(config.host) ? [] : [config.host])]);
  const certificate = await openServerCertificate(folder, authority, names, clock);
  const broker = await openBroker(home, config, { ...deps, store, authority, certificate });
  // Nothing more comes in before what came in is committed.
  let intake: Intake | undefined;
  closers.push(() => intake?.close());
  closers.push(() => broker.close());
  intake = await createIntake({ store, broker, clock, log, version: COLLECTOR_VERSION });
  const projector = createProjector({
    store,
    clock,
    log,
    settings: { ...DEFAULT_COMPLIANCE_SETTINGS, zone: config.zone },
    calendar: createCalendar(),
    onStale: (source) => askForWhole(source, config.site, broker, deps),
  });
  await projector.start();
  closers.push(() => projector.stop());

  const listPath = join(folder, REVOCATION_LIST_FILE);
  await writeRevocationList({ store, authority }, listPath);
  const cutOff = async (source: string) => {
    await intake?.refresh(source);
    await broker.disconnect(source);
    await writeRevocationList({ store, authority }, listPath);
  };
  const enrolment = enrolmentDeps(config, { ...deps, store, authority, cutOff, mqttUrl: broker.url });
  const readers: { host?: ReaderHost } = {};
  const parts = { store, broker, intake, projector, readers };
  // The whole chain, so that a source can recognise the centre by the fingerprint of its authority.
  const withChain = ({ certificatePem, keyPem }: ServerCertificate) => ({
    certificatePem: `${certificatePem}\n${authority.caPem}`,
    keyPem,
  });
  const console_ = await openApi(config, withChain(certificate), { ...deps, ...parts, enrolment, cutOff });
  closers.push(() => console_.close());
  closers.push(
    keepServerCertificate({ folder, authority, names, clock, log }, certificate, (next) => {
      broker.setCertificate?.(next);
      console_.setCertificate(withChain(next));
    }),
  );

  const adminToken = await ensureAdminToken(home, { store, clock });
  const apiUrl = `https://${localHost(config.host)}:${console_.port}`;
  const caFile = join(folder, "ca.pem");
  readers.host = await startReaderHost(
    {
      home,
      zone: config.zone,
      centre: { url: apiUrl, caFile },
      token: async () => (await createEnrolToken({ store, clock }, READER_TOKEN)).token,
    },
    deps,
  );
  closers.push(() => readers.host?.stop());
  await writeRunFile(home, {
    pid: process.pid,
    apiUrl,
    mqttUrl: broker.url,
    caFile,
    startedAt: formatInstant(clock.now()),
  });
  closers.push(() => removeRunFile(home));

  let stopping: Promise<void> | undefined;
  return {
    config,
    apiUrl,
    mqttUrl: broker.url,
    caFile,
    caFingerprint: authority.fingerprint,
    adminToken,
    stop: () => {
      stopping ??= close();
      return stopping;
    },
  };
}

/** For the readers of this very process; used at once or never. */
const READER_TOKEN = { purpose: "enrol-once", label: "readers of this collector", days: 1 } as const;

type UrlBroker = Broker & { url: string; setCertificate?(certificate: ServerCertificate): void };

async function openBroker(
  home: string,
  config: CollectorConfig,
  {
    store,
    authority,
    certificate,
    clock,
    random,
    log,
  }: CollectorDeps & { store: Store; authority: Authority; certificate: ServerCertificate },
): Promise<UrlBroker> {
  if (config.broker !== undefined) {
    // The common name by which the access-control file of an external broker knows the centre.
    const own = await openCentreCertificate(join(home, "pki"), authority, clock);
    const broker = openExternalBroker({
      url: config.broker,
      caPem: authority.caPem,
      ...own,
      clock,
      random,
      log,
    });
    return Object.assign(broker, { url: config.broker });
  }
  const broker = await openEmbeddedBroker({
    host: config.host,
    port: config.mqttPort,
    caPem: authority.caPem,
    certificate,
    ticketKeys: await openTicketKeys(join(home, "pki"), clock),
    identify: (peer) => identify(store, peer),
    clock,
    log,
  });
  return Object.assign(broker, { url: `mqtts://${localHost(config.host)}:${broker.port}` });
}

function enrolmentDeps(
  config: CollectorConfig,
  {
    store,
    clock,
    authority,
    cutOff,
    mqttUrl,
  }: CollectorDeps & {
    store: Store;
    authority: Authority;
    cutOff: (source: string) => Promise<void>;
    mqttUrl: string;
  },
): EnrolmentDeps {
  return {
    store,
    clock,
    authority,
    site: config.site,
    rate: new AddressRate(clock),
    disconnect: cutOff,
    brokerUrl(requestHost) {
      const host = config.names[0] ?? requestHost;
      if (config.broker !== undefined || host === undefined) return mqttUrl;
      return `mqtts://${host.includes(":") ? `[${host}]` : host}:${new URL(mqttUrl).port}`;
    },
  };
}

async function openApi(
  config: CollectorConfig,
  certificate: ServerCertificate,
  parts: CollectorDeps & {
    store: Store;
    broker: Broker;
    intake: Intake;
    projector: Projector;
    readers: { host?: ReaderHost };
    enrolment: EnrolmentDeps;
    cutOff: (source: string) => Promise<void>;
  },
): Promise<RunningConsole> {
  const { store, broker, intake, projector, readers, enrolment, cutOff, clock, log } = parts;
  return openConsole(
    { host: config.host, port: config.apiPort, certificate },
    {
      store,
      clock,
      log,
      enrolment,
      disconnect: cutOff,
      applied: (recordId) => projector.applied(recordId),
      onChange: (listener) => projector.onChange(listener),
      zone: config.zone,
      version: COLLECTOR_VERSION,
      desk: new AttendanceDesk({ store, zone: config.zone, calendar: createCalendar(), now: () => clock.now() }),
      health: createHealth({
        store,
        clock,
        stats: () => ({
          broker: broker.stats(),
          intake: intake.stats(),
          projector: projector.stats(),
          store: store.stats(),
          readers: readers.host?.stats() ?? {},
        }),
      }),
    },
  );
}

/** The centre knows a part of a posture by its hash alone: the agent is asked for the whole. It tells it again tomorrow, if it is away now. */
function askForWhole(source: string, site: string, broker: Broker, { clock, log }: CollectorDeps): void {
  const message: Down = {
    v: CONTRACT_VERSION,
    type: "command",
    id: randomUUID(),
    command: "collect-now",
    expiresAt: formatInstant(clock.now() + ASK_EXPIRES_MS),
  };
  broker
    .publish({ ...addressOf(site, source), channel: "down" }, JSON.stringify(message))
    .catch((error: Error) => log.debug({ source, err: error.message }, "could not ask for a whole posture"));
}

function isAnyAddress(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** How this very machine reaches itself. */
function localHost(host: string): string {
  if (isAnyAddress(host)) return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
