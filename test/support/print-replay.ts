/** Prints the replay of a file of worked cases, for comparing processes that run in different zones. */
import { readFileSync } from "node:fs";
import { parseCaseFile, replay } from "../../collector/attendance/replay/replay.ts";

process.stdout.write(JSON.stringify(replay(parseCaseFile(readFileSync(process.argv[2] as string, "utf8")))));
