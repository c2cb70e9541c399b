/** Enrols a finger on a module: two looks, one template, which is built and stored in the module and never leaves it. */
import { AppError } from "../../../protocol/errors.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { Ef01Module } from "../drivers/ef01-module.ts";
import { loadPageMap, savePageMap } from "./page-map.ts";

const LOOK_EVERY_MS = 150;
/** Somebody who stands in front of the module lays a finger on within this. */
export const FINGER_MS_MAX = 30_000;

export type EnrolStep = "lay-on" | "lift" | "lay-on-again" | "stored";

export interface EnrolOptions {
  home: string;
  /** The module's name in the configuration. */
  module: string;
  user: string;
  /** Only finds out whether it would work and on which page. */
  dryRun: boolean;
}

export interface EnrolDeps {
  driver: Ef01Module;
  clock: Clock;
  /** Tells the person what to do next. */
  say(step: EnrolStep): void;
}

/**
 * Resolves with the page. Rejects with AppError `library-full`, `library-unknown` (templates that nobody is known for, on a
 * module that does not tell its free pages), `finger-known`, `fingers-differ`, `no-finger`, and the module's and the map's codes.
 */
export async function enrolFinger(options: EnrolOptions, deps: EnrolDeps): Promise<{ page: number; stored: boolean }> {
  const { home, module, user, dryRun } = options;
  const map = await loadPageMap(home, module);
  const page = await choosePage(deps.driver, map);
  if (dryRun) return { page, stored: false };
  await takeBoth(deps, map);
  await deps.driver.store(page);
  await savePageMap(home, module, new Map([...map, [page, user]]));
  deps.say("stored");
  return { page, stored: true };
}

async function choosePage(driver: Ef01Module, map: ReadonlyMap<number, string>): Promise<number> {
  const { hasIndex, page } = await driver.freePage();
  if (page !== undefined) return page;
  if (hasIndex || map.size >= driver.librarySize) throw new AppError("library-full", "the module's library is full");
  // Without an index a page is free only if every template is accounted for.
  if ((await driver.count()) !== map.size) {
    throw new AppError("library-unknown", "the module holds templates of people unknown here; empty it first");
  }
  for (let free = 0; ; free++) if (!map.has(free)) return free;
}

async function takeBoth(deps: EnrolDeps, map: ReadonlyMap<number, string>): Promise<void> {
  const { driver, say } = deps;
  say("lay-on");
  await until(deps, "features", 1);
  const known = await driver.search();
  if (known) {
    const whose = map.get(known.page) ?? "somebody unknown here";
    throw new AppError("finger-known", `this finger is on page ${known.page} already, of ${whose}`);
  }
  say("lift");
  await until(deps, "no-finger", 2);
  say("lay-on-again");
  await until(deps, "features", 2);
  if (!(await driver.combine())) throw new AppError("fingers-differ", "the two looks are of different fingers");
}

async function until({ driver, clock }: EnrolDeps, wanted: "features" | "no-finger", buffer: 1 | 2): Promise<void> {
  const deadline = clock.monotonic() + FINGER_MS_MAX;
  while ((await driver.look(buffer)) !== wanted) {
    if (clock.monotonic() >= deadline) throw new AppError("no-finger", `nothing came of it in ${FINGER_MS_MAX} ms`);
    await new Promise<void>((resolve) => clock.after(LOOK_EVERY_MS, resolve));
  }
}
