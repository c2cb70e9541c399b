/** A module reader and a simulated module, joined in memory, in virtual time. */
import { Ef01Exchange } from "../../../../collector/clocks/drivers/ef01-exchange.ts";
import { Ef01Module } from "../../../../collector/clocks/drivers/ef01-module.ts";
import { ModuleReader } from "../../../../collector/clocks/modules/module-reader.ts";
import { moduleUsers } from "../../../../collector/clocks/modules/module-users.ts";
import type { PageMap } from "../../../../collector/clocks/modules/page-map.ts";
import { AppError } from "../../../../protocol/errors.ts";
import { SILENT_LOG } from "../../../../protocol/log.ts";
import { seededRandom } from "../../../../protocol/seeded-random.ts";
import { FingerModule, type Light, type ModuleOptions } from "../../../../simulators/ef01/module.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import { MemoryLine } from "./memory-line.ts";
import { MemorySink } from "./memory-sink.ts";

const ADDRESS = 0xffffffff;

export function makeModuleHall(
  simulated: Partial<ModuleOptions> = {},
  {
    password = 0,
    address = ADDRESS,
    installedOn = "2015-01-01",
  }: { password?: number; address?: number; installedOn?: string } = {},
) {
  const clock = new VirtualClock();
  const line = new MemoryLine();
  const sensor = new FingerModule(simulated, { clock });
  sensor.onSend = (bytes) => clock.after(1, () => line.receive(bytes));
  line.device = (bytes) => sensor.receive(bytes);
  sensor.powerUp();
  const lights: Light[] = [];
  sensor.onLight = (light) => lights.push(light);
  const module = new Ef01Module({ device: 1, password }, new Ef01Exchange({ baud: 57_600, address }, { line, clock }));
  const sink = new MemorySink();
  const hall = { clock, line, sensor, lights, module, sink, pages: new Map([[3, "1024"]]) as PageMap | AppError };
  const loadPages = async () => {
    if (hall.pages instanceof AppError) throw hall.pages;
    return hall.pages;
  };
  const savePages = async (pages: PageMap) => {
    hall.pages = pages;
  };
  const users = moduleUsers({ module, loadPages, savePages });
  const reader = new ModuleReader(
    { name: "door", zone: "Asia/Shanghai", installedOn },
    { module, users, loadPages, sink, clock, random: seededRandom(1), log: SILENT_LOG },
  );
  return Object.assign(hall, { reader });
}
