/**
 * `npm run bench -- intake [--connections 1000] [--seconds 8] [--steady 5000] [--rows 2000000] [--driver sqlite3] [--json]`:
 * how much of what broker and database can do alone is left when a record goes the whole way from publish to acknowledgement.
 *
 * a: the embedded broker answers PUBACK and does nothing else. b: the store's driver inserts the same rows alone. c: Python's sqlite3
 * inserts them. d: validated, committed with synchronous=FULL, acknowledged end to end.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type EmbeddedBroker, openEmbeddedBroker } from "../../collector/broker/embedded/embedded-broker.ts";
import { type Authority, openAuthority } from "../../collector/broker/pki/authority.ts";
import { openServerCertificate, serverNames } from "../../collector/broker/pki/server-certificate.ts";
import { createIntake } from "../../collector/intake/create-intake.ts";
import { openNodeSqliteDriver } from "../../collector/store/node-sqlite-driver.ts";
import { openStore } from "../../collector/store/open-store.ts";
import type { Store } from "../../collector/store/port.ts";
import { openSqlite3Driver } from "../../collector/store/sqlite3-driver.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { quantile, round } from "./figures.ts";
import { enrolFleet, Fleet, type Member } from "./intake/fleet.ts";
import { insertAlone } from "./intake/insert-alone.ts";
import { SITE } from "./intake/load-client.ts";
import type { SteadyFigures } from "./intake/load-process.ts";
import { punchBody, punchRecord, punchRecords } from "./intake/load-records.ts";

const DEPS = { clock: SYSTEM_CLOCK, log: SILENT_LOG };
const HOST = "127.0.0.1";
const BATCH_SIZES = [1, 50];
/** Of each measurement that is repeated; the median counts. */
const ROUNDS = 3;
const WARM_MS = 2_000;
/** Rows inserted alone for one figure. */
const ALONE_ROWS = 200_000;
const ROWS_PER_COMMIT = 2_000;
const SOURCES_ALONE = ROWS_PER_COMMIT;

export interface IntakeFigures {
  connections: number;
  driver: string;
  /** By records a publish. */
  sizes: Record<string, { a: number; b: number; c: number; d: number; dToMinAb: number; dToB: number }>;
  steady: SteadyFigures;
  growth: { rows: number; atStart: number; atEnd: number; ratio: number };
}

interface Options {
  connections: number;
  measureMs: number;
  perSecond: number;
  rows: number;
  driver: "sqlite3" | "node:sqlite";
}

export async function run(args: string[]): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args,
    options: { connections: text, seconds: text, steady: text, rows: text, driver: text, json: { type: "boolean" } },
  });
  const figures = await measureIntake({
    connections: Number(values.connections ?? 1_000),
    measureMs: Number(values.seconds ?? 8) * 1_000,
    perSecond: Number(values.steady ?? 5_000),
    rows: Number(values.rows ?? 2_000_000),
    driver: values.driver === "node:sqlite" ? "node:sqlite" : "sqlite3",
  });
  if (values.json) console.log(JSON.stringify(figures));
  else print(figures);
}

export async function measureIntake(options: Options): Promise<IntakeFigures> {
  const folder = mkdtempSync(join(tmpdir(), "dianmao-bench-"));
  const fleet = new Fleet();
  try {
    const authority = await openAuthority({ folder, name: "Dianmao bench", clock: SYSTEM_CLOCK });
    const { members, keyPem } = await enrolFleet(authority, options.connections);
    const broker = await openBroker(folder, authority);
    const connection = { host: HOST, port: broker.port, ca: authority.caPem, key: keyPem };
    await fleet.connect({ connection, sources: members });
    const measured = await measureAtBroker(options, folder, broker, fleet, members);
    await fleet.disconnect();
    await broker.close();
    return {
      connections: options.connections,
      driver: options.driver,
      ...measured,
      ...(await measureGrowth(options, folder)),
    };
  } finally {
    await fleet.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureAtBroker(
  options: Options,
  folder: string,
  broker: EmbeddedBroker,
  fleet: Fleet,
  members: Member[],
) {
  const { measureMs, perSecond } = options;
  const flood = { warmMs: WARM_MS, measureMs };
  const brokerAlone: number[] = [];
  for (const size of BATCH_SIZES) {
    const order = { ...flood, epoch: epochOf(size), records: punchRecords(size), until: "puback" as const };
    brokerAlone.push((await fleet.flood(order)).recordsPerSecond);
  }
  const store = await openBenchStore(
    options,
    join(folder, "line.db"),
    members.map((member) => member.source),
  );
  const intake = await createIntake({ ...DEPS, store, broker, version: "bench" });
  const sizes: IntakeFigures["sizes"] = {};
  for (const [index, size] of BATCH_SIZES.entries()) {
    const order = { ...flood, records: punchRecords(size), until: "ack" as const };
    const whole: number[] = [];
    const alone: number[] = [];
    // In turn: what else the machine does then meets both alike.
    for (let turn = 0; turn < ROUNDS; turn++) {
      whole.push((await fleet.flood({ ...order, epoch: epochOf(1_000 * (turn + 1) + size) })).recordsPerSecond);
      alone.push(await measureAlone(options, folder, size, turn));
    }
    const [a, b, d] = [brokerAlone[index] ?? Number.NaN, quantile(alone, 0.5), quantile(whole, 0.5)];
    const c = measurePython(folder, size);
    sizes[size] = { a, b, c, d, dToMinAb: d / Math.min(a, b), dToB: d / b };
  }
  const order = { perSecond, warmMs: WARM_MS, measureMs, epoch: epochOf(999), record: punchRecord(0) };
  const steady = await fleet.steady(order);
  await intake.close();
  await store.close();
  return { sizes, steady };
}

async function measureAlone(options: Options, folder: string, size: number, turn: number): Promise<number> {
  const database = join(folder, `alone-${size}-${turn}`);
  mkdirSync(database);
  const store = await openBenchStore(options, join(database, "alone.db"), loadNames(SOURCES_ALONE));
  const rate = await insertAlone(store, epochOf(1), size, ALONE_ROWS);
  await store.close();
  // What the disk has not written yet, it need not write into the next measurement.
  rmSync(database, { recursive: true });
  return rate;
}

/** Whether inserting is as fast into a table of millions as into an empty one. */
async function measureGrowth(options: Options, folder: string): Promise<Pick<IntakeFigures, "growth">> {
  const store = await openBenchStore(options, join(folder, "growth.db"), loadNames(SOURCES_ALONE));
  let epoch = 0;
  const insert = (rows: number) => insertAlone(store, epochOf(++epoch), 50, rows);
  const insertSpans = async () => {
    const rates: number[] = [];
    for (let span = 0; span < ROUNDS; span++) rates.push(await insert(ALONE_ROWS));
    return quantile(rates, 0.5);
  };
  await insert(ALONE_ROWS);
  const atStart = await insertSpans();
  await insert(Math.max(0, options.rows - (2 * ROUNDS + 1) * ALONE_ROWS));
  const atEnd = await insertSpans();
  const rows = store.stats().lastRecordId ?? 0;
  await store.close();
  return { growth: { rows, atStart, atEnd, ratio: atEnd / atStart } };
}

function measurePython(folder: string, size: number): number {
  const script = fileURLToPath(new URL("./intake/insert-alone.py", import.meta.url));
  const bodies = join(folder, "bodies.txt");
  writeFileSync(bodies, Array.from({ length: size }, (_, index) => punchBody(index)).join("\n"));
  const database = join(folder, `python-${size}.db`);
  const args = [script, database, bodies, String(ALONE_ROWS), String(ROWS_PER_COMMIT)];
  return Number(execFileSync("python3", args, { encoding: "utf8" }));
}

async function openBroker(folder: string, authority: Authority): Promise<EmbeddedBroker> {
  const certificate = await openServerCertificate(folder, authority, serverNames(), SYSTEM_CLOCK);
  const broker = await openEmbeddedBroker({
    ...DEPS,
    host: HOST,
    port: 0,
    caPem: authority.caPem,
    certificate,
    identify: async ({ commonName }) => ({ ok: true, source: commonName, site: SITE }),
    limits: {
      publishesPerSecond: 1e9,
      publishBurstMax: 1e9,
      payloadBytesPerSecond: 1e12,
      payloadBurstBytesMax: 1e12,
    },
  });
  // Nobody is let in before there is somebody to take messages.
  broker.onPublication(async () => {});
  return broker;
}

async function openBenchStore({ driver }: Options, path: string, sources: string[]): Promise<Store> {
  const store = await openStore({
    ...DEPS,
    path,
    driver: driver === "sqlite3" ? openSqlite3Driver : openNodeSqliteDriver,
  });
  const common = { site: SITE, kind: "agent" as const, simulated: 1, state: "enrolled" as const, fingerprint: "[]" };
  await store.write(async (tx) => {
    for (const name of sources) {
      await tx
        .insertInto("source")
        .values({ ...common, name, hostname: name, created_at: 0 })
        .execute();
    }
  });
  return store;
}

function loadNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `load-${index}`);
}

function epochOf(number: number): string {
  return number.toString(16).padStart(16, "0");
}

function print({ connections, driver, sizes, steady, growth }: IntakeFigures): void {
  console.log(`${connections} connections, driver ${driver}; records per second`);
  const rows = Object.entries(sizes).map(([size, figures]) => [
    `${size} a publish`,
    {
      "a broker alone": Math.round(figures.a),
      "b driver alone": Math.round(figures.b),
      "c Python alone": Math.round(figures.c),
      "d whole line": Math.round(figures.d),
      "d / min(a, b)": round(figures.dToMinAb),
      "d / b": round(figures.dToB),
    },
  ]);
  console.table(Object.fromEntries(rows));
  console.table({
    steady: { ...steady, recordsPerSecond: Math.round(steady.recordsPerSecond), p99Ms: round(steady.p99Ms) },
  });
  console.table({ growth: { ...growth, ratio: round(growth.ratio) } });
}
