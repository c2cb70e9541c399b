/** ClamAV: the daily database on disk, and the one that clamd has loaded. Only daily is judged; main and bytecode are noted. */
import type { Fact } from "../../../protocol/messages/fact.ts";
import type { AntivirusProduct } from "../../../protocol/messages/records/posture.ts";
import { dated } from "../facts.ts";
import type { ProbeContext } from "../probe.ts";
import {
  type ClamdVersion,
  type DatabaseHeader,
  HEADER_BYTES,
  parseClamdVersion,
  parseDatabaseHeader,
  parseLocalSocket,
} from "./clamav-header.ts";

export type ClamavValues = Pick<AntivirusProduct, "version" | "definitionsAt" | "definitionsVersion" | "notes">;

interface Database {
  path: string;
  header: DatabaseHeader;
}

const CLAMD_CONFIGS = ["/etc/clamav/clamd.conf", "/etc/clamd.d/scan.conf", "/etc/clamd.conf"];
const CLAMD_SOCKETS = ["/run/clamav/clamd.ctl", "/run/clamd.scan/clamd.sock"];

export async function readClamav(context: ProbeContext): Promise<ClamavValues> {
  const notes: string[] = [];
  const daily = await newestDatabase(context, "daily", notes);
  for (const name of ["main", "bytecode"]) {
    const other = await newestDatabase(context, name, notes);
    if (other) notes.push(describe(other));
  }
  const clamd = await askClamd(context);
  return { version: await engineVersion(context, clamd), ...judgeDaily(context, daily, clamd, notes), notes };
}

/** What is loaded protects; what is only on disk does not. Without a daemon each scan loads what is on disk. */
function judgeDaily(
  { facts, clamavDir }: ProbeContext,
  daily: Database | undefined,
  clamd: ClamdVersion | undefined,
  notes: string[],
): Pick<ClamavValues, "definitionsAt" | "definitionsVersion"> {
  const loaded = clamd?.loaded;
  if (clamd && !loaded) notes.push("clamd runs without a database");
  if (loaded && loaded.version !== daily?.header.version) {
    if (daily) notes.push(`daily ${daily.header.version} is on disk, clamd has loaded ${loaded.version}`);
    return {
      definitionsAt: dated(facts, loaded.builtAt, "clamd VERSION", "vendor-api"),
      definitionsVersion: facts.known(String(loaded.version), "clamd VERSION", "vendor-api"),
    };
  }
  if (!daily) {
    const missing = facts.unknown("not-recorded", "no daily database", `${clamavDir}/daily.{cld,cvd}`);
    return { definitionsAt: missing, definitionsVersion: missing };
  }
  return {
    definitionsAt: dated(facts, daily.header.builtAt, daily.path, "vendor-record"),
    definitionsVersion: facts.known(String(daily.header.version), daily.path, "vendor-record"),
  };
}

/** Of `NAME.cld` and `NAME.cvd` the one with the higher version; one that is damaged is noted. */
async function newestDatabase(context: ProbeContext, name: string, notes: string[]): Promise<Database | undefined> {
  const found: Database[] = [];
  for (const path of [`${context.clamavDir}/${name}.cld`, `${context.clamavDir}/${name}.cvd`]) {
    const head = await context.os.readHead(path, HEADER_BYTES);
    if (!head.ok) {
      if (head.reason !== "not-recorded") notes.push(head.detail);
      continue;
    }
    const parsed = parseDatabaseHeader(head.bytes, context.os.now());
    if (parsed.ok) found.push({ path, header: parsed.header });
    else notes.push(`${path}: ${parsed.code}`);
  }
  return found.sort((a, b) => b.header.version - a.header.version)[0];
}

function describe({ path, header }: Database): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const built = header.builtAt.ok ? header.builtAt.instant : header.builtAt.code;
  return `${name} ${header.version}, built ${built}, ${header.signatures} signatures`;
}

async function askClamd({ os }: ProbeContext): Promise<ClamdVersion | undefined> {
  const sockets = new Set<string>();
  for (const path of CLAMD_CONFIGS) {
    const config = await os.readText(path);
    const socket = config.ok ? parseLocalSocket(config.text) : undefined;
    if (socket) sockets.add(socket);
  }
  for (const socket of [...sockets, ...CLAMD_SOCKETS]) {
    const answer = await os.ask(socket, "zVERSION\0");
    const version = answer.ok ? parseClamdVersion(answer.text, os.now()) : undefined;
    if (version) return version;
  }
  return undefined;
}

/** clamd's word; else the scanner's, which on this path reads no database. */
async function engineVersion({ os, facts }: ProbeContext, clamd: ClamdVersion | undefined): Promise<Fact<string>> {
  if (clamd) return facts.known(clamd.engine, "clamd VERSION", "vendor-api");
  const ran = await os.run("clamscan", ["--version"]);
  if (!ran.ok) return facts.failed(ran, "clamscan --version");
  const version = parseClamdVersion(ran.stdout, os.now());
  if (!version) return facts.unknown("unreadable", ran.stdout.slice(0, 80), "clamscan --version");
  return facts.known(version.engine, "clamscan --version", "vendor-api");
}
