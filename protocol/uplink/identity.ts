/** What a source is: its key, which never leaves the folder, and what the centre gave it at enrolment. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EnrolmentGranted } from "../messages/enrolment.ts";

const KEY_FILE = "key.pem";
const IDENTITY_FILE = "identity.json";

export type Identity = Omit<EnrolmentGranted, "state">;

/** The source's key, made at first. */
export async function openKey(folder: string): Promise<KeyObject> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stored = await readIfThere(join(folder, KEY_FILE));
  if (stored !== undefined) return createPrivateKey(stored);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  await writeWhole(join(folder, KEY_FILE), pem);
  return privateKey;
}

/** Undefined before enrolment. */
export async function readIdentity(folder: string): Promise<Identity | undefined> {
  const text = await readIfThere(join(folder, IDENTITY_FILE));
  return text === undefined ? undefined : JSON.parse(text);
}

export async function storeIdentity(folder: string, identity: Identity): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeWhole(join(folder, IDENTITY_FILE), `${JSON.stringify(identity, null, 2)}\n`);
}

/** Forgets key and identity: the source enrols anew, as another. */
export async function forgetIdentity(folder: string): Promise<void> {
  await rm(join(folder, IDENTITY_FILE), { force: true });
  await rm(join(folder, KEY_FILE), { force: true });
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
