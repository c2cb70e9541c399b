/** `dianmao attendance replay`: worked cases through the very engine of the service. */
import { Command } from "commander";
import { parseCaseFile, replay } from "../attendance/replay/replay.ts";
import { EXIT_FOUND_OR_FAILED, printJson, readInput, run } from "./command.ts";

export function replayCommand(): Command {
  return new Command("replay")
    .description("用考勤引擎重算案例，报告与期望的差别 / evaluate worked cases and report every difference")
    .argument("<file>", "案例文件（attendance-acceptance/1）/ file of cases")
    .option("--zone <zone>", "时区 / IANA zone", "Asia/Shanghai")
    .option("--json", "输出 JSON / print JSON")
    .action((file: string, flags: { zone: string; json?: boolean }) =>
      run(async () => {
        const checkpoints = replay(parseCaseFile(String(await readInput(file))), flags.zone);
        const differing = checkpoints.filter(({ differences }) => differences.length > 0);
        if (flags.json) printJson(checkpoints);
        else {
          for (const { case: id, title, asOf, differences } of differing) {
            console.log(`${id} ${title}${asOf ? `（${asOf}）` : ""}`);
            for (const { path, expected, computed } of differences) {
              console.log(`  ${path}: 期望 ${JSON.stringify(expected)}，算得 ${JSON.stringify(computed)}`);
            }
          }
          console.log(
            `${checkpoints.length} 个检查点，${differing.length} 个不同。${checkpoints.length} checkpoints, ${differing.length} differ.`,
          );
        }
        return differing.length > 0 ? EXIT_FOUND_OR_FAILED : undefined;
      }),
    );
}
