/** The command line: one table of commands, each loaded only when it is called, so that an agent never pays for the centre. */
import { Command, CommanderError } from "commander";

const EXIT_CALLED_WRONGLY = 2;

interface Entry {
  description: string;
  load: () => Promise<Command>;
}

const COMMANDS: Record<string, Entry> = {
  start: {
    description: "采集中心和本机代理一起运行 / the centre and this PC's agent together",
    load: async () => (await import("./start.ts")).startCommand(),
  },
  status: {
    description: "总体情况 / how things stand",
    load: async () => (await import("../collector/cli/queries.ts")).statusCommand(),
  },
  machines: {
    description: "电脑 / PCs",
    load: async () => (await import("../collector/cli/queries.ts")).machinesCommand(),
  },
  findings: {
    description: "问题（待核实）/ findings",
    load: async () => (await import("../collector/cli/queries.ts")).findingsCommand(),
  },
  alerts: {
    description: "告警 / alerts",
    load: async () => (await import("../collector/cli/queries.ts")).alertsCommand(),
  },
  punches: {
    description: "打卡 / punches",
    load: async () => (await import("../collector/cli/queries.ts")).punchesCommand(),
  },
  quarantine: {
    description: "时间不可信的打卡 / punches whose time cannot be true",
    load: async () => (await import("../collector/cli/quarantine.ts")).quarantineCommand(),
  },
  pc: {
    description: "计算机登记台账 / the register of computers",
    load: async () => (await import("../collector/cli/pc.ts")).pcCommand(),
  },
  ip: {
    description: "IP 台账 / the IP ledger",
    load: async () => (await import("../collector/cli/ip.ts")).ipCommand(),
  },
  enrol: {
    description: "入网登记 / enrolment of sources",
    load: async () => (await import("../collector/cli/enrol.ts")).enrolCommand(),
  },
  broker: {
    description: "外部消息代理的配置 / configuration for an external broker",
    load: async () => (await import("../collector/cli/broker.ts")).brokerCommand(),
  },
  clock: {
    description: "指纹考勤机 / fingerprint clocks",
    load: async () => (await import("../collector/cli/clock.ts")).clockCommand(),
  },
  staff: {
    description: "人员台账 / the staff register",
    load: async () => (await import("../collector/cli/staff.ts")).staffCommand(),
  },
  calendar: {
    description: "节假日和调休 / holidays and make-up days",
    load: async () => (await import("../collector/cli/calendar.ts")).calendarCommand(),
  },
  attendance: {
    description: "考勤 / attendance",
    load: async () => (await import("../collector/cli/attendance.ts")).attendanceCommand(),
  },
  settings: {
    description: "规则和考勤的参数 / thresholds that officers may change",
    load: async () => (await import("../collector/cli/settings.ts")).settingsCommand(),
  },
  collector: {
    description: "采集中心 / the centre",
    load: async () => (await import("../collector/cli/collector.ts")).collectorCommand(),
  },
  agent: {
    description: "本机代理 / the agent of this PC",
    load: async () => (await import("../agent/cli/agent.ts")).agentCommand(),
  },
  simulate: {
    description: "模拟考勤机、电脑和一整天 / simulated clocks, PCs and days",
    load: async () => (await import("../simulators/cli/simulate.ts")).simulateCommand(),
  },
};

/** Runs one command line (without `node` and the script's name); the exit code is left in `process.exitCode`. */
async function main(args: string[]): Promise<void> {
  const program = new Command("dianmao")
    .description("点卯：制度自己看住自己 / fingerprint clocks and office PCs answer the roll call")
    .version("0.1.0");
  const [name] = args;
  const entry = name === undefined ? undefined : COMMANDS[name];
  if (entry) program.addCommand(await entry.load());
  else for (const [other, { description }] of Object.entries(COMMANDS)) program.command(other).description(description);
  for (const command of all(program)) command.exitOverride();
  try {
    if (args.length === 0) program.help();
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_CALLED_WRONGLY;
  }
}

function all(command: Command): Command[] {
  return [command, ...command.commands.flatMap(all)];
}

await main(process.argv.slice(2));
