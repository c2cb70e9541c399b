/** Mosquitto and its clients, as installed: programs of other people that speak the contract by its documents alone. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { type RunningProgram, startProgram } from "./programs.ts";

/** Starts `mosquitto -c config`; resolves once its port answers. */
export async function startMosquitto(config: string, port: number): Promise<RunningProgram> {
  // Started by root it would give up the right to read the keys that a test made.
  const user = process.getuid?.() === 0 ? "\nuser root\n" : "";
  const ownConfig = `${config}.test`;
  await writeFile(ownConfig, (await readFile(config, "utf8")) + user);
  return startProgram("mosquitto", ["-c", ownConfig, "-v"], port);
}

export interface ClientRun {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `mosquitto_pub` or `mosquitto_sub` to its end; a failure is a code, not a rejection. */
export async function runClient(program: "mosquitto_pub" | "mosquitto_sub", args: string[]): Promise<ClientRun> {
  try {
    return { code: 0, ...(await promisify(execFile)(program, args)) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}
