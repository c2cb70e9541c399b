/** A handle on a reader process that sees the virtual HID bus in `busFolder`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { BodyOf, ContractRecord } from "../../../protocol/messages/records.ts";
import { busEnvironment } from "../../../simulators/hid/hid-bus.ts";
import type { HidReaderOptions } from "./reader-process.ts";

export interface HidReader {
  punches(): BodyOf<"punch">[];
  events(name: BodyOf<"clock">["event"]): BodyOf<"clock">[];
  stop(): Promise<void>;
}

export function startHidReader(busFolder: string, options: HidReaderOptions): HidReader {
  const program = fileURLToPath(new URL("./reader-process.ts", import.meta.url));
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const child = spawn(process.execPath, ["--import", tsx, program, JSON.stringify(options)], {
    env: { ...process.env, ...busEnvironment(busFolder) },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const records: ContractRecord[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => records.push(JSON.parse(line) as ContractRecord));
  return {
    punches: () => records.flatMap((record) => (record.kind === "punch" ? [record.body] : [])),
    events: (name) =>
      records.flatMap((record) => (record.kind === "clock" && record.body.event === name ? [record.body] : [])),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}
