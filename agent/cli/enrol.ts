/** `dianmao agent enrol`: makes this PC known to a centre, and waits for the answer. */
import { Command, InvalidArgumentError } from "commander";
import { SILENT_LOG } from "../../protocol/log.ts";
import type { SourceState } from "../../protocol/uplink/source.ts";
import { type Language, labelOf } from "./labels.ts";
import { centreOptions, failWith, homeOption, languageOption, runAction } from "./options.ts";
import type { RunFlags } from "./run.ts";

interface EnrolFlags extends RunFlags {
  json?: boolean;
  lang: Language;
  wait: number;
}

const WAIT_SECONDS = 30;
const WAIT_SECONDS_MAX = 86_400;
const ASK_EVERY_MS = 200;
const EXIT_FAILED = 1;

export function enrolCommand(): Command {
  const command = new Command("enrol")
    .description("enrol this PC at a centre; exit code 1 while it is not enrolled")
    .option("--wait <seconds>", "how long to wait for an answer or an approval", seconds, WAIT_SECONDS)
    .option("--json", "print the state as JSON")
    .addOption(languageOption())
    .addOption(homeOption());
  for (const option of centreOptions()) command.addOption(option);
  return command.action((flags: EnrolFlags) => runAction(() => enrol(flags)));
}

async function enrol(flags: EnrolFlags): Promise<void> {
  const { openAgentSource } = await import("../main.ts");
  const { optionsOf, systemDeps } = await import("./run.ts");
  const options = await optionsOf(flags);
  if (!options.centre) failWith("no-server", "--server is needed, or server in agent.json");
  const source = await openAgentSource(options, await systemDeps(SILENT_LOG));
  const state = await settled(() => source.state().enrolment, flags.wait * 1000);
  await source.stop("service-stop");
  if (state.state !== "enrolled") process.exitCode = EXIT_FAILED;
  console.log(flags.json ? JSON.stringify(state) : sentenceOf(state, flags.lang));
}

/** Waits for an end that waiting does not change: enrolled, or refused. */
async function settled(read: () => SourceState["enrolment"], waitMs: number): Promise<SourceState["enrolment"]> {
  const until = performance.now() + waitMs;
  for (;;) {
    const state = read();
    if (state.state === "enrolled" || state.state === "refused" || performance.now() >= until) return state;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

function sentenceOf(state: SourceState["enrolment"], language: Language): string {
  const word = labelOf(state.state, language);
  if (state.state === "enrolled") return `${word}: ${state.site}/${state.source}`;
  if (state.state === "waiting") return state.enrolment ? `${word}: ${state.enrolment}` : word;
  return `${word}: ${state.code}`;
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= WAIT_SECONDS_MAX) return value;
  throw new InvalidArgumentError(`seconds from 0 to ${WAIT_SECONDS_MAX} are needed`);
}
