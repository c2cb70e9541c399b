/** A module as its configuration describes it. */

import type { Clock } from "../../../protocol/time.ts";
import type { ClockConfig } from "../config.ts";
import { Ef01Exchange } from "../drivers/ef01-exchange.ts";
import { Ef01Module } from "../drivers/ef01-module.ts";
import type { Line } from "../line/line.ts";
import { INSTALLED_ON_DEFAULT } from "../reader/punch-record.ts";
import { ModuleReader, type ModuleReaderDeps } from "./module-reader.ts";
import { moduleUsers } from "./module-users.ts";
import { loadPageMap, savePageMap } from "./page-map.ts";

const FACTORY_ADDRESS = 0xffffffff;
const FACTORY_PASSWORD = 0;

export function moduleOf(config: ClockConfig, deps: { line: Line; clock: Clock }): Ef01Module {
  const { number, baud, address = FACTORY_ADDRESS, password = FACTORY_PASSWORD } = config;
  return new Ef01Module({ device: number, password }, new Ef01Exchange({ baud, address }, deps));
}

export function moduleReader(
  config: ClockConfig,
  { home, zone, line }: { home: string; zone: string; line: Line },
  deps: Omit<ModuleReaderDeps, "module" | "users" | "loadPages">,
): ModuleReader {
  const { name, installedOn = INSTALLED_ON_DEFAULT } = config;
  const module = moduleOf(config, { line, clock: deps.clock });
  const loadPages = () => loadPageMap(home, name);
  const users = moduleUsers({ module, loadPages, savePages: (pages) => savePageMap(home, name, pages) });
  return new ModuleReader({ name, zone: config.zone ?? zone, installedOn }, { ...deps, module, users, loadPages });
}
