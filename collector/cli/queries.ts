/** `dianmao status | machines | findings | alerts | punches`: what the database shows, once or as it comes. */
import type { Command } from "commander";
import type { ClockFault } from "../clocks/config.ts";
import type { ClockView, PunchView } from "../console/queries/clocks.ts";
import type { AlertView, FindingView } from "../console/queries/findings.ts";
import type { MachineView } from "../console/queries/machines.ts";
import type { SummaryView } from "../console/queries/summary.ts";
import type { ApiClient } from "./api-client.ts";
import {
  apiCommand,
  type CommonFlags,
  EXIT_FOUND_OR_FAILED,
  integer,
  printJson,
  showTime,
  untilInterrupted,
  withApi,
} from "./command.ts";
import { formatTable } from "./table.ts";
import { WORDS, type Words } from "./words.ts";

export type Filters = Record<string, string | undefined>;

interface Listing<T> {
  /** Path below `/api/v1`. */
  path: string;
  event: string;
  header: (words: Words) => string[];
  row: (item: T, words: Words, lang: "zh" | "en") => string[];
  /** Items of the list that mean that something was found: exit code 1. */
  isFound?: (item: T) => boolean;
  /** What the filters speak of; the item itself when absent. */
  subject?: (item: T) => object;
}

type ListFlags = CommonFlags & { follow?: boolean; limit: number; filters: Filters };

const machines: Listing<MachineView> = {
  path: "/machines",
  event: "machine",
  header: (words) => [
    words.name,
    words.hostname,
    words.unit,
    words.os,
    words.address,
    words.presence,
    words.failing,
    words.unknown,
  ],
  row: (pc, words) => [
    mark(pc.source, pc.simulated, words),
    pc.hostname,
    pc.unit ?? words.states[pc.state ?? "pending"] ?? "-",
    pc.os ?? "-",
    pc.address ?? "-",
    words.presences[pc.presence] ?? pc.presence,
    pc.failing.join(" ") || "-",
    pc.unknown.join(" ") || "-",
  ],
};

const findings: Listing<FindingView> = {
  path: "/findings",
  event: "finding",
  header: (words) => [
    words.number,
    words.severity,
    words.rule,
    words.article,
    words.subject,
    words.unit,
    words.since,
    words.message,
    words.state,
  ],
  row: (finding, words, lang) => [
    String(finding.id),
    words.severities[finding.severity] ?? finding.severity,
    finding.title[lang],
    finding.article,
    mark(finding.hostname ?? finding.subject, finding.simulated, words),
    finding.unit ?? "-",
    showTime(finding.openedAt),
    finding.message[lang],
    finding.state === "open" ? words.open : `${words.resolved} ${showTime(finding.resolvedAt)}`,
  ],
  isFound: ({ state }) => state === "open",
};

const alerts: Listing<AlertView> = {
  path: "/alerts",
  event: "alert",
  header: (words) => [words.number, words.time, words.severity, words.rule, words.article, words.subject, words.state],
  row: ({ id, at, finding }, words, lang) => [
    String(id),
    showTime(at),
    words.severities[finding.severity] ?? finding.severity,
    finding.title[lang],
    finding.article,
    mark(finding.hostname ?? finding.subject, finding.simulated, words),
    finding.state === "open" ? words.open : words.resolved,
  ],
  subject: ({ finding }) => finding,
};

const punches: Listing<PunchView> = {
  path: "/punches",
  event: "punch",
  header: (words) => [words.time, words.clock, words.user, words.verification, words.via, words.offset, words.state],
  row: (punch, words) => [
    punch.deviceTime.replace("T", " "),
    mark(punch.clock, punch.simulated, words),
    punch.user,
    punch.verification.map((kind) => words.verifications[kind] ?? kind).join(" ") || "-",
    punch.via === "live" ? words.live : words.log,
    punch.offsetMs === null ? "-" : `${(punch.offsetMs / 1000).toFixed(1)} s`,
    punch.state === "accepted"
      ? words.accepted
      : `${words.doubtful}: ${words.doubts[punch.doubt ?? ""] ?? punch.doubt}`,
  ],
};

export function machinesCommand(): Command {
  return listCommand("machines", "电脑：登记、在线、合规 / PCs", machines, ["unit", "presence", "search"]);
}

export function findingsCommand(): Command {
  return listCommand("findings", "问题（待核实）/ findings", findings, ["rule", "state", "unit", "source", "severity"]);
}

export function alertsCommand(): Command {
  return listCommand("alerts", "告警 / alerts", alerts, ["rule", "unit", "source"]);
}

export function punchesCommand(): Command {
  return listCommand("punches", "打卡 / punches", punches, ["clock", "user", "state"]);
}

export function statusCommand(): Command {
  return apiCommand("status", "总体情况 / how things stand").action((flags: CommonFlags) =>
    withApi(flags, async (api) => {
      const [summary, clocks] = await Promise.all([api.get<SummaryView>("/summary"), api.get<ClocksAnswer>("/clocks")]);
      if (flags.json) printJson({ ...summary, clocks: clocks.items, clockFaults: clocks.faults });
      else printStatus(api, summary, clocks, flags.lang);
      return undefined;
    }),
  );
}

function listCommand<T>(name: string, description: string, listing: Listing<T>, filters: readonly string[]): Command {
  const command = apiCommand(name, description)
    .option("--follow", "持续显示新的 / keep showing what is new")
    .option("--limit <n>", "最多几条 / most items", integer(1, 1000), 50);
  for (const filter of filters) command.option(`--${filter} <text>`, `按 ${filter} 筛选 / filter`);
  return command.action((flags: CommonFlags & Record<string, string | undefined>) => {
    const chosen = Object.fromEntries(filters.map((filter) => [filter, flags[filter]]));
    const { follow, limit } = flags as unknown as { follow?: boolean; limit: number };
    return show(listing, { ...flags, limit, filters: chosen, ...(follow ? { follow } : {}) });
  });
}

async function show<T>(listing: Listing<T>, flags: ListFlags): Promise<void> {
  await withApi(flags, async (api) => {
    // Asked first: what comes while the list is read is shown twice rather than not at all.
    const since = flags.follow ? await api.position() : undefined;
    const page = await api.get<{ items: T[]; next: string | null }>(listing.path, {
      ...flags.filters,
      limit: flags.limit,
    });
    if (flags.json && !flags.follow) printJson(page);
    else printItems(listing, page.items, flags);
    if (!flags.json && page.next !== null) console.log(WORDS[flags.lang].more);
    if (since !== undefined) await follow(api, listing, flags, since);
    return page.items.some((item) => listing.isFound?.(item)) ? EXIT_FOUND_OR_FAILED : undefined;
  });
}

function printItems<T>(listing: Listing<T>, items: T[], { json, lang }: ListFlags): void {
  if (json) {
    for (const item of [...items].reverse()) console.log(JSON.stringify(item));
    return;
  }
  const words = WORDS[lang];
  if (items.length === 0) console.log(words.none);
  else
    console.log(
      formatTable(
        listing.header(words),
        items.map((item) => listing.row(item, words, lang)),
      ),
    );
}

async function follow<T>(
  api: ApiClient,
  listing: Listing<T>,
  { json, lang, filters }: ListFlags,
  since: number,
): Promise<void> {
  const words = WORDS[lang];
  for await (const { event, data } of api.events([listing.event], untilInterrupted(), since)) {
    if (event !== listing.event) continue;
    const item = data as T;
    if (!isChosen(listing.subject?.(item) ?? (item as object), filters)) continue;
    console.log(json ? JSON.stringify(item) : listing.row(item, words, lang).join("  "));
  }
}

const SEARCHED = ["source", "hostname", "address"];

/** The filters of a list as the collector applies them, for what comes by the event stream, which knows none. */
export function isChosen(subject: object, filters: Filters): boolean {
  const values = subject as Record<string, unknown>;
  return Object.entries(filters).every(([filter, wanted]) => {
    if (wanted === undefined) return true;
    if (filter !== "search") return values[filter] === wanted;
    return SEARCHED.some((field) =>
      String(values[field] ?? "")
        .toLowerCase()
        .includes(wanted.toLowerCase()),
    );
  });
}

interface ClocksAnswer {
  items: ClockView[];
  faults: ClockFault[];
}

function printStatus(
  api: ApiClient,
  summary: SummaryView,
  { items: clocks, faults }: ClocksAnswer,
  lang: "zh" | "en",
): void {
  const words = WORDS[lang];
  console.log(`${api.url}   ${words.completeTo} ${showTime(summary.completeTo)}`);
  for (const { message } of summary.notices) console.log(`${words.notice} ${message[lang]}`);
  for (const { name = "-", message } of faults) console.log(`${words.notice} ${words.notRead} ${name}: ${message}`);
  console.log(
    `${words.pcs}: ${counted(summary.machines, words.states)}   ${words.presence}: ${counted(summary.presence, words.presences)}`,
  );
  console.log(
    `${words.openFindings}: ${counted(summary.openFindings, words.severities)}   ${words.punches}: ${summary.punches}\n`,
  );
  const rows = summary.rules.map((rule) => [
    rule.title[lang],
    rule.article,
    rule.rule,
    String(rule.pass),
    String(rule.fail),
    String(rule.unknown),
  ]);
  console.log(formatTable([words.rule, words.article, words.code, words.pass, words.fail, words.unknown], rows));
  if (clocks.length === 0) return;
  const clockRows = clocks.map((clock) => [
    mark(clock.clock, clock.simulated, words),
    clock.port,
    clock.state === "online" ? words.online : words.lost,
    clock.firmware ?? "-",
    clock.offsetMs === null ? "-" : `${(clock.offsetMs / 1000).toFixed(1)} s`,
    showTime(clock.lastPunchAt),
  ]);
  console.log(
    `\n${formatTable([words.clock, words.port, words.state, words.firmware, words.offset, words.lastPunch], clockRows)}`,
  );
}

function counted(counts: Record<string, number>, names: Record<string, string>): string {
  return (
    Object.entries(counts)
      .map(([key, count]) => `${names[key] ?? key} ${count}`)
      .join(", ") || "0"
  );
}

function mark(name: string, simulated: boolean, words: Words): string {
  return simulated ? `${name} [${words.simulated}]` : name;
}
