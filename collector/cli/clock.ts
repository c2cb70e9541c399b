/** `dianmao clock`: which clocks hang where, and what bytes on their lines mean. */
import { Command, Option } from "commander";
import { describeBytes as describeEf01 } from "../../protocol/clock/ef01/describe.ts";
import { type Description, describeBytes as describeTcb } from "../../protocol/clock/tcb/describe.ts";
import { describeBytes as describeZk } from "../../protocol/clock/zk/describe.ts";
import {
  addClock,
  CLOCKS_FILE,
  type ClockConfig,
  type ClockConfigInput,
  readClocks,
  removeClock,
} from "../clocks/config.ts";
import { PROBE_BAUDS, probeTcb } from "../clocks/drivers/tcb-probe.ts";
import { lineOf as openLine } from "../clocks/line/open-line.ts";
import {
  type ClockCliDeps,
  type CommonFlags,
  PROCESS,
  QUIETLY,
  run,
  wholeNumber,
  withCommonFlags,
} from "./clock-command.ts";
import { doctorCommand } from "./clock-doctor.ts";
import { driftCommand } from "./clock-drift.ts";
import { enrolCommand } from "./clock-enrol.ts";
import { logCommand, timeCommand, watchCommand } from "./clock-tools.ts";
import { usersCommand } from "./clock-users.ts";
import { EXIT_CALLED_WRONGLY, EXIT_FOUND_OR_FAILED } from "./command.ts";

/** A line monitor's screenful; more belongs into a file and a script. */
const DECODE_BYTES_MAX = 64 * 1024;

export function clockCommand(deps: ClockCliDeps = PROCESS): Command {
  const command = new Command("clock").description("fingerprint clocks / 指纹考勤机");
  command.addCommand(addCommand(deps));
  command.addCommand(removeCommand(deps));
  command.addCommand(listCommand(deps));
  command.addCommand(probeCommand(deps));
  command.addCommand(decodeCommand(deps));
  command.addCommand(enrolCommand(deps));
  command.addCommand(doctorCommand(deps));
  command.addCommand(timeCommand(deps));
  command.addCommand(driftCommand(deps));
  command.addCommand(logCommand(deps));
  command.addCommand(usersCommand(deps));
  command.addCommand(watchCommand(deps));
  return command;
}

type Family = ClockConfig["family"];
const FAMILIES: readonly Family[] = ["tcb", "ef01", "zk"];

const DESCRIBE: Record<Family, (bytes: Uint8Array) => Description[]> = {
  tcb: describeTcb,
  ef01: describeEf01,
  zk: describeZk,
};

interface AddFlags extends CommonFlags {
  family: Family;
  port?: string;
  baud?: number;
  host?: string;
  tcpPort?: number;
  commKey?: number;
  address?: number;
  password?: number;
  number: number;
  name?: string;
  charset?: NonNullable<ClockConfig["charset"]>;
  zone?: string;
  push?: boolean;
  gap?: number;
  setTime: boolean;
  installedOn?: string;
}

function addCommand(deps: ClockCliDeps): Command {
  return withCommonFlags(new Command("add"))
    .description("add a clock, a terminal in the network or a fingerprint module / 添加考勤机")
    .option("--port <port>", "/dev/ttyUSB0, /dev/serial/by-id/..., COM3, hid:10c4:ea80:SERIAL")
    .addOption(new Option("--family <family>", "kind of clock").choices(FAMILIES).default("tcb"))
    .option("--baud <rate>", "rate set on the clock (default: 9600; 57600 for ef01)", wholeNumber)
    .option("--host <host>", "zk: the terminal's address in the network")
    .option("--tcp-port <n>", "zk: its port (default: 4370)", wholeNumber)
    .option("--comm-key <n>", "zk: the communication key set on it", wholeNumber)
    .option("--address <n>", "ef01: the module's address, if it was changed", wholeNumber)
    .option("--password <n>", "ef01: the module's password, if it was changed", wholeNumber)
    .option("--number <n>", "device number set on the clock", wholeNumber, 1)
    .option("--name <name>", "what people call it (default: clock-NUMBER)")
    .addOption(new Option("--charset <name>", "of names on the clock").choices(["gbk", "gb18030", "utf-16be"]))
    .option("--zone <zone>", "time zone of the clock (default: the site's)")
    .option("--push", "punches pushed live (default, but on a shared line)")
    .option("--no-push", "the clock is polled instead")
    .option("--gap <ms>", "silence before speaking (default: 0; 200 on a shared line)", wholeNumber)
    .option("--no-set-time", "never set the clock")
    .option("--installed-on <date>", "YYYY-MM-DD; punches from before are doubtful")
    .action((flags: AddFlags) =>
      run(deps, async () => {
        const added = await addClock(deps.home(flags.home), configOf(flags));
        deps.print(flags.json ? JSON.stringify(shown(added)) : `added / 已添加: ${lineOf(added)}`);
      }),
    );
}

function configOf(flags: AddFlags): ClockConfigInput {
  const { family, number, charset, zone, push, gap, installedOn } = flags;
  return {
    family,
    number,
    ...lineFlags(flags),
    name: flags.name ?? `clock-${number}`,
    ...(charset === undefined ? {} : { charset }),
    ...(zone === undefined ? {} : { zone }),
    ...(push === undefined ? {} : { push }),
    ...(gap === undefined ? {} : { gapMs: gap }),
    ...(flags.setTime ? {} : { setsTime: false }),
    ...(installedOn === undefined ? {} : { installedOn }),
  };
}

/** Those that were given. */
function lineFlags(flags: AddFlags): Partial<ClockConfigInput> {
  const { port, baud, host, tcpPort, commKey, address, password } = flags;
  const all = { port, baud, host, tcpPort, commKey, address, password };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Keys and passwords stay in the file. */
function shown({ commKey: _key, password: _password, ...clock }: ClockConfig) {
  return clock;
}

function removeCommand(deps: ClockCliDeps): Command {
  return withCommonFlags(new Command("remove"))
    .description("forget a clock; its punches stay / 移除考勤机（已有记录保留）")
    .argument("<name>", "as in `clock list`")
    .action((name: string, flags: CommonFlags) =>
      run(deps, async () => {
        await removeClock(deps.home(flags.home), name);
        deps.print(flags.json ? JSON.stringify({ removed: name }) : `removed / 已移除: ${name}`);
      }),
    );
}

function listCommand(deps: ClockCliDeps): Command {
  return withCommonFlags(new Command("list"))
    .description("the clocks of this home / 已配置的考勤机")
    .addHelpText("after", "\nExit code 1 when an item of clocks.json is no clock.")
    .action((flags: CommonFlags) =>
      run(deps, async () => {
        const { clocks, faults } = await readClocks(deps.home(flags.home));
        for (const { item, message } of faults) deps.printError(`${CLOCKS_FILE}, ${item}: ${message}`);
        if (faults.length > 0) deps.exitWith(EXIT_FOUND_OR_FAILED);
        if (flags.json) deps.print(JSON.stringify(clocks.map(shown)));
        else if (clocks.length === 0) deps.print("no clocks / 没有考勤机");
        else for (const clock of clocks) deps.print(lineOf(clock));
      }),
    );
}

function probeCommand(deps: ClockCliDeps): Command {
  return new Command("probe")
    .description("find the rate at which a clock answers / 探测波特率")
    .requiredOption(
      "--port <port>",
      "/dev/ttyUSB0, /dev/serial/by-id/..., COM3, hid:10c4:ea80:SERIAL; nothing else may have it open",
    )
    .option("--number <n>", "device number set on the clock", wholeNumber, 1)
    .option("--json", "print JSON", false)
    .addHelpText("after", "\nExit code 1 when the clock answers at no rate.")
    .action(({ port, number, json }: { port: string; number: number; json: boolean }) =>
      run(deps, async () => {
        const lineAt = (baud: number) => openLine({ port, baud }, QUIETLY);
        const found = await probeTcb(number, PROBE_BAUDS, { ...QUIETLY, openLine: lineAt });
        if (json) deps.print(JSON.stringify(found ?? null));
        else if (found)
          deps.print(`${found.baud} baud: ${found.identity.model ?? "?"} ${found.identity.serial ?? "?"}`);
        else deps.print(`no answer at ${PROBE_BAUDS.join(", ")} baud / 无应答`);
        if (!found) deps.exitWith(EXIT_FOUND_OR_FAILED);
      }),
    );
}

function decodeCommand(deps: ClockCliDeps): Command {
  return new Command("decode")
    .description("what bytes on a clock's line mean / 解释线路上的字节")
    .argument("<hex...>", "bytes as a line monitor shows them: A5 00 00 ..., a500..., 0xA5,...")
    .addOption(new Option("--family <family>", "kind of clock").choices(FAMILIES).default("tcb"))
    .option("--json", "one JSON array", false)
    .addHelpText("after", "\nExit code 1 when something is wrong with the bytes, 2 when they are no hex digits.")
    .action((hex: string[], flags: { family: Family; json: boolean }) => {
      const bytes = parseHex(hex.join(""));
      if (!bytes) {
        deps.printError("these are no bytes in hex / 不是十六进制字节");
        return deps.exitWith(EXIT_CALLED_WRONGLY);
      }
      const found = DESCRIBE[flags.family](bytes);
      deps.print(flags.json ? JSON.stringify(found) : found.map((part) => textOf(part, bytes)).join("\n\n"));
      if (found.some(({ problem }) => problem)) deps.exitWith(EXIT_FOUND_OR_FAILED);
    });
}

function lineOf({ name, family, port, baud, number }: ClockConfig): string {
  const rate = family === "zk" ? "" : `  ${baud} baud`;
  return `${name}  ${family}  ${port}${rate}  number ${number}`;
}

/** Undefined for what is no row of bytes. */
export function parseHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/0x/gi, "").replace(/[\s,:;-]/g, "");
  const good = /^([0-9a-f]{2})+$/i.test(digits) && digits.length <= 2 * DECODE_BYTES_MAX;
  return good ? Buffer.from(digits, "hex") : undefined;
}

function textOf({ offset, lengthBytes, title, fields, problem }: Description, bytes: Uint8Array): string {
  const lines = [`[${offset}..${offset + lengthBytes - 1}] ${title.zh} / ${title.en}`];
  for (const { words, value } of fields) lines.push(`  ${words.zh} / ${words.en}: ${value}`);
  if (problem) {
    lines.push(`  ${hexOf(bytes.subarray(offset, offset + lengthBytes))}`);
    lines.push(`  ! ${problem.words.zh}`, `  ! ${problem.words.en}`);
  }
  return lines.join("\n");
}

const SHOWN_BYTES_MAX = 32;

function hexOf(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, SHOWN_BYTES_MAX))
    .toString("hex")
    .toUpperCase()
    .replace(/(..)(?=.)/g, "$1 ");
  return bytes.length > SHOWN_BYTES_MAX ? `${shown} ... (${bytes.length})` : shown;
}
