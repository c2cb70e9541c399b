/** Where a running collector can be found by commands on the same machine: `run.json` and `admin.token` in its home. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readIfThere, writeWhole } from "../protocol/uplink/whole-file.ts";
import { createApiToken, type TokenDeps, verifyApiToken } from "./enrolment/tokens.ts";

export interface RunFile {
  pid: number;
  apiUrl: string;
  mqttUrl: string;
  caFile: string;
  startedAt: string;
}

const RUN_FILE = "run.json";
const TOKEN_FILE = "admin.token";
const TOKEN_LABEL = "local-admin";

export async function writeRunFile(home: string, run: RunFile): Promise<void> {
  await writeWhole(join(home, RUN_FILE), `${JSON.stringify(run, null, 2)}\n`);
}

export async function removeRunFile(home: string): Promise<void> {
  await rm(join(home, RUN_FILE), { force: true });
}

/** Undefined while no collector runs here (or the last one died before it could tidy up, and its process is gone). */
export async function readRunFile(home: string): Promise<RunFile | undefined> {
  const text = await readIfThere(join(home, RUN_FILE));
  if (text === undefined) return undefined;
  const run: RunFile = JSON.parse(text);
  return isAlive(run.pid) ? run : undefined;
}

export async function readAdminToken(home: string): Promise<string | undefined> {
  return (await readIfThere(join(home, TOKEN_FILE)))?.trim();
}

/** Makes the token by which commands on this machine speak to the collector; only the owner of the home can read it. */
export async function ensureAdminToken(home: string, deps: TokenDeps): Promise<string> {
  const present = await readAdminToken(home);
  if (present !== undefined && (await verifyApiToken(deps, present))) return present;
  const { token } = await createApiToken(deps, { label: TOKEN_LABEL, scopes: ["admin"], days: null });
  await writeWhole(join(home, TOKEN_FILE), `${token}\n`);
  return token;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
