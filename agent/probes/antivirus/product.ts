/** One product by its rule. */
import type { Fact } from "../../../protocol/messages/fact.ts";
import type { AntivirusProduct } from "../../../protocol/messages/records/posture.ts";
import type { ProbeContext } from "../probe.ts";
import { cut } from "../text.ts";
import { readClamav } from "./clamav.ts";
import { guardRuns, type Running } from "./detect.ts";
import { readDate } from "./read-date.ts";
import { type LocationReader, locationReader } from "./read-location.ts";
import type { Location, ProductRule } from "./rule.ts";

const NOTES_MAX = 16;
const NOTE_CHARS_MAX = 4096;

export async function readProduct(
  rule: ProductRule,
  context: ProbeContext,
  running: Running,
): Promise<AntivirusProduct> {
  const { os, facts } = context;
  const read = locationReader(os);
  const notes: string[] = [];
  for (const { label, location } of rule.notes ?? []) {
    const found = await read(location);
    notes.push(`${label}: ${found.ok ? found.texts.join(", ") : found.reason}`);
  }
  const generic = {
    version: await readText(rule.version, context, read),
    definitionsAt: await readDate(rule.definitionsAt, os, facts, read),
    definitionsVersion: await readText(rule.definitionsVersion, context, read),
  };
  const special = rule.reader === "clamav" ? await readClamav(context) : undefined;
  return {
    name: cut(rule.name),
    ...generic,
    ...special,
    protection: await readProtection(rule, context, read, running),
    definitionsCurrent: facts.unknown("not-recorded"),
    lastScanAt: await readDate(rule.lastScanAt, os, facts, read),
    notes: [...notes, ...(special?.notes ?? [])].slice(0, NOTES_MAX).map((note) => cut(note, NOTE_CHARS_MAX)),
  };
}

async function readText(
  location: Location | undefined,
  { facts }: ProbeContext,
  read: LocationReader,
): Promise<Fact<string>> {
  if (!location) return facts.unknown("not-recorded");
  const found = await read(location);
  if (!found.ok) return facts.failed(found);
  return facts.known(
    cut(found.texts[0] ?? ""),
    found.source,
    location.kind === "json-command" ? "vendor-api" : "vendor-record",
  );
}

/** The vendor's own word, and where there is none, whether the guard's process runs. */
async function readProtection(
  rule: ProductRule,
  { facts }: ProbeContext,
  read: LocationReader,
  running: Running,
): Promise<Fact<boolean>> {
  if (rule.protection) {
    const said = await read(rule.protection);
    const word = said.ok ? said.texts[0] : undefined;
    if (said.ok && (word === "true" || word === "false"))
      return facts.known(word === "true", said.source, "vendor-api");
    return said.ok ? facts.unknown("unreadable", word, said.source) : facts.failed(said);
  }
  const guard = await guardRuns(rule, running);
  const names = [...(rule.guard?.processes ?? []), ...(rule.guard?.services ?? [])].join(", ");
  return guard.ok ? facts.known(guard.runs, `processes: ${names}`, "os-record") : facts.failed(guard);
}
