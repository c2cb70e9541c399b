/** `dianmao agent collect`: what the agent would report, with its evidence. Needs no server and changes nothing. */
import { Command } from "commander";
import { readAgentConfig } from "../config.ts";
import type { Language } from "./labels.ts";
import { clamavOption, homeOption, languageOption, runAction } from "./options.ts";

interface CollectFlags {
  home: string;
  json?: boolean;
  lang: Language;
  clamavDir?: string;
}

export function collectCommand(): Command {
  return new Command("collect")
    .description("print what this PC would report, with evidence; needs no server")
    .option("--json", "the five parts as the contract has them, and the power events not reported yet")
    .addOption(languageOption())
    .addOption(homeOption())
    .addOption(clamavOption())
    .action((flags: CollectFlags) => runAction(() => collect(flags)));
}

async function collect({ home, json, lang, clamavDir }: CollectFlags): Promise<void> {
  const [{ takeSnapshot }, { systemOs }, { SYSTEM_CLOCK }, { CLAMAV_DIR }] = await Promise.all([
    import("./snapshot.ts"),
    import("../os/system-os.ts"),
    import("../../protocol/uplink/system-clock.ts"),
    import("../main.ts"),
  ]);
  const config = await readAgentConfig(home);
  const options = { home, clamavDir: clamavDir ?? config.clamavDir ?? CLAMAV_DIR };
  const snapshot = await takeSnapshot(options, systemOs(), SYSTEM_CLOCK);
  if (json) {
    console.log(JSON.stringify(snapshot, null, 2));
    return;
  }
  const { formatSnapshot } = await import("./snapshot-table.ts");
  console.log(formatSnapshot(snapshot, lang));
}
