/** From systeminformation's answers to the flat hardware list of an inventory record. Pure. */
import { hashHardwareId } from "../probes/identity/hardware-ids.ts";

/** The parts of systeminformation's objects that are used; any may be missing or empty. */
export interface HardwareAnswers {
  system?: { manufacturer?: string; model?: string; serial?: string; uuid?: string };
  bios?: { vendor?: string; version?: string; releaseDate?: string };
  baseboard?: { manufacturer?: string; model?: string };
  cpu?: { manufacturer?: string; brand?: string; physicalCores?: number; cores?: number };
  mem?: { total?: number };
  disks?: { type?: string; name?: string; size?: number; serialNum?: string }[];
}

const DISKS_MAX = 16;
const MEBIBYTE = 1024 * 1024;

/** Empty values are left out. Serial numbers travel hashed: enough to see a change (SB 3(1)1), useless elsewhere. */
export function hardwareList({
  system,
  bios,
  baseboard,
  cpu,
  mem,
  disks = [],
}: HardwareAnswers): Record<string, string> {
  const list: Record<string, string | undefined> = {
    "system.manufacturer": system?.manufacturer,
    "system.model": system?.model,
    "system.serial": hashHardwareId("smbiosUuid", system?.serial),
    "bios.vendor": bios?.vendor,
    "bios.version": bios?.version,
    "bios.date": bios?.releaseDate,
    "baseboard.manufacturer": baseboard?.manufacturer,
    "baseboard.model": baseboard?.model,
    "cpu.model": [cpu?.manufacturer, cpu?.brand].filter(Boolean).join(" "),
    "cpu.cores": cpu?.cores ? String(cpu.cores) : undefined,
    "memory.mebibytes": mem?.total ? String(Math.round(mem.total / MEBIBYTE)) : undefined,
  };
  for (const [index, disk] of disks.slice(0, DISKS_MAX).entries()) {
    list[`disk.${index}.model`] = [disk.type, disk.name].filter(Boolean).join(" ");
    list[`disk.${index}.bytes`] = disk.size ? String(disk.size) : undefined;
    list[`disk.${index}.serial`] = hashHardwareId("diskSerial", disk.serialNum);
  }
  return Object.fromEntries(Object.entries(list).filter((entry): entry is [string, string] => Boolean(entry[1])));
}
