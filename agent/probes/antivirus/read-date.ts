/** A date from the sources of a rule, strongest first; within one source the newest. */
import type { Fact } from "../../../protocol/messages/fact.ts";
import type { Os } from "../../os/os.ts";
import { type DateResult, epochMilliseconds, epochSeconds, filetime, instantOf, looseDate } from "../dates.ts";
import { dated, type Facts } from "../facts.ts";
import type { LocationReader } from "./read-location.ts";
import type { DateFormat, DateSource } from "./rule.ts";

/** Unknown with `not-recorded` when the rule names no source, else with the reason of the last one. */
export async function readDate(
  sources: readonly DateSource[] | undefined,
  os: Os,
  facts: Facts,
  read: LocationReader,
): Promise<Fact<string>> {
  let last: Fact<string> = facts.unknown("not-recorded", "this product leaves no date that is known");
  for (const source of sources ?? []) {
    last = await readOne(source, os, facts, read);
    if ("value" in last) return last;
  }
  return last;
}

async function readOne(source: DateSource, os: Os, facts: Facts, read: LocationReader): Promise<Fact<string>> {
  if (source.kind === "newest-mtime") return newestMtime(source, os, facts);
  if (source.kind === "file-name") {
    const pattern = new RegExp(source.pattern);
    const names = (await os.glob(source.path)).flatMap((path) => pattern.exec(path)?.[1] ?? []);
    if (names.length === 0) return facts.unknown("not-recorded", "no such file", source.path);
    return newest(names, source, source.path, os, facts);
  }
  const texts = await read(source);
  return texts.ok ? newest(texts.texts, source, texts.source, os, facts) : facts.failed(texts);
}

function newest(texts: readonly string[], source: DateSource, where: string, os: Os, facts: Facts): Fact<string> {
  const dates = texts.map((text) => parseDate(text, source.format ?? "local", os.now()));
  const instants = dates.flatMap((date) => (date.ok ? [date.instant] : [])).sort();
  const latest = instants.at(-1);
  if (latest) return facts.known(latest, where, source.confidence);
  return dated(facts, dates[0] ?? { ok: false, code: "unreadable" }, where, source.confidence);
}

function parseDate(text: string, format: DateFormat, nowMs: number): DateResult {
  switch (format) {
    case "filetime":
      return filetime(text, nowMs);
    case "epoch":
      return epochSeconds(text, nowMs);
    case "epoch-ms":
      return epochMilliseconds(text, nowMs);
    case "local":
      return looseDate(text, nowMs);
  }
}

async function newestMtime(source: DateSource & { path: string }, os: Os, facts: Facts): Promise<Fact<string>> {
  const stats = await Promise.all((await os.glob(source.path)).map((path) => os.stat(path)));
  const times = stats.flatMap((stat) => (stat.ok ? [stat.mtimeMs] : []));
  if (times.length === 0) return facts.unknown("not-recorded", "no such file", source.path);
  return dated(facts, instantOf(Math.max(...times), os.now()), source.path, source.confidence);
}
