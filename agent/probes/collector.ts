/** Runs probes under their time limits, never two of one part at once. A probe that hangs or breaks is a result, not a fault. */
import type { Log } from "../../protocol/log.ts";
import type { PartName, Parts } from "../../protocol/messages/records/posture.ts";
import type { Clock } from "../../protocol/time.ts";
import { type Failure, fail, type Os } from "../os/os.ts";
import { PART_NAMES } from "../posture/part-names.ts";
import { factsAt } from "./facts.ts";
import type { Probe, ProbeContext } from "./probe.ts";
import type { PartRow } from "./table.ts";
import { unknownPart } from "./unknown-part.ts";

export interface Collected<Name extends PartName> {
  name: Name;
  collectedAt: string;
  content: Parts[Name];
}

export interface PartCollectorDeps {
  os: Os;
  clock: Clock;
  log: Log;
  table: { [Name in PartName]: PartRow<Name> };
  /** Everything of a probe's context but the operating system and the time. */
  context: () => Omit<ProbeContext, "os" | "facts">;
}

export interface PartCollector {
  collect<Name extends PartName>(name: Name): Promise<Collected<Name>>;
  collectAll(): Promise<{ [Name in PartName]: Collected<Name> }>;
}

export function createPartCollector({ os, clock, log, table, context }: PartCollectorDeps): PartCollector {
  /** Probes that have not ended, those given up included. */
  const running = new Map<PartName, Promise<unknown>>();
  const waiting = new Map<PartName, Promise<unknown>>();

  async function start<Name extends PartName>(name: Name): Promise<Collected<Name>> {
    const facts = factsAt(clock.now());
    const probeContext = { ...context(), os, facts };
    const failed = (failure: Failure) => unknownPart(name, facts, failure, probeContext.agentVersion);
    const finish = (content: Parts[Name]) => ({ name, collectedAt: facts.at, content });
    if (running.has(name)) return finish(failed(fail("probe-timeout", "the last look has not ended yet")));
    const row: PartRow<Name> = table[name];
    const probe: Probe<Name> = row[os.family];
    const work = probe(probeContext).catch((error: unknown) => {
      log.error({ part: name, error }, "a probe broke");
      return failed(fail("probe-failed", error instanceof Error ? error.message : String(error)));
    });
    running.set(name, work);
    void work.finally(() => running.delete(name));
    const late = () => failed(fail("probe-timeout", `no end within ${row.timeoutMs} ms`));
    return finish(await withLimit(work, row.timeoutMs, clock, late));
  }

  function collect<Name extends PartName>(name: Name): Promise<Collected<Name>> {
    const same = waiting.get(name) as Promise<Collected<Name>> | undefined;
    if (same) return same;
    const result = start(name).finally(() => waiting.delete(name));
    waiting.set(name, result);
    return result;
  }

  async function collectAll() {
    const entries: [PartName, Collected<PartName>][] = [];
    // One after the other: a start-up must not be a storm of child processes.
    for (const name of PART_NAMES) entries.push([name, await collect(name)]);
    return Object.fromEntries(entries) as { [Name in PartName]: Collected<Name> };
  }

  return { collect, collectAll };
}

/** What `work` gives, or what `late` gives once `ms` have passed. */
function withLimit<T>(work: Promise<T>, ms: number, clock: Clock, late: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(late()));
    work.then(resolve, reject).finally(cancel);
  });
}
