/** A handle on a reader process that sees the virtual HID bus in a folder, or this computer's own devices. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { BodyOf, ContractRecord } from "../../../protocol/messages/records.ts";
import { moduleArguments } from "../../../simulators/child-process.ts";
import { busEnvironment } from "../../../simulators/hid/hid-bus.ts";
import type { HidReaderOptions } from "./reader-process.ts";

export interface HidReader {
  punches(): BodyOf<"punch">[];
  events(name: BodyOf<"clock">["event"]): BodyOf<"clock">[];
  stop(): Promise<void>;
}

export function startHidReader(busFolder: string | undefined, options: HidReaderOptions): HidReader {
  const child = spawn(
    process.execPath,
    [...moduleArguments("./reader-process", import.meta.url), JSON.stringify(options)],
    {
      env: { ...process.env, ...(busFolder === undefined ? {} : busEnvironment(busFolder)) },
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
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
