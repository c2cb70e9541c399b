/** What a source is: its key, which never leaves the folder, and what the centre gave it at enrolment. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { EnrolmentGranted } from "../messages/enrolment.ts";
import { readIfThere, writeWhole } from "./whole-file.ts";

const KEY_FILE = "key.pem";
const IDENTITY_FILE = "identity.json";
const ASIDE_SUFFIX = ".aside";

export type Identity = Omit<EnrolmentGranted, "state"> & {
  /** Hash of the machine that enrolled; absent where an identity was put into the folder by hand. */
  machine?: string;
};

export interface OwnIdentity {
  key: KeyObject;
  /** Undefined before enrolment. */
  identity: Identity | undefined;
}

/**
 * Key and identity of this folder, the key made at first. Those of another machine (a cloned disk), or a key that cannot be read, are
 * kept aside: the source enrols anew. Rejects with AppError `journal-io` when the folder cannot be used.
 */
export async function openIdentity(folder: string, machine: string, log: Log): Promise<OwnIdentity> {
  try {
    const identity = await readIdentity(folder);
    if ((identity && !isOwn(identity, machine)) || !(await isKeyReadable(folder))) {
      log.warn({ source: identity?.source }, "the identity here is not this machine's: it is kept aside");
      await setAside(folder);
      return { key: await openKey(folder), identity: undefined };
    }
    return { key: await openKey(folder), identity };
  } catch (cause) {
    throw new AppError("journal-io", `the folder ${folder} cannot be used: ${(cause as Error).message}`, { cause });
  }
}

/** False: another machine enrolled with it (a cloned disk), so that `openIdentity` will not use it. */
export function isOwn(identity: Identity, machine: string): boolean {
  return identity.machine === undefined || identity.machine === machine;
}

/** The source's key, made at first. Rejects with the system's error, or OpenSSL's for a damaged key. */
export async function openKey(folder: string): Promise<KeyObject> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stored = await readIfThere(join(folder, KEY_FILE));
  if (stored !== undefined) return createPrivateKey(stored);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  await writeWhole(join(folder, KEY_FILE), pem);
  return privateKey;
}

/** Undefined before enrolment, and for a damaged file: the key is still there, and enrolling again gives the same name. */
export async function readIdentity(folder: string): Promise<Identity | undefined> {
  const text = await readIfThere(join(folder, IDENTITY_FILE));
  if (text === undefined) return undefined;
  try {
    const identity = JSON.parse(text) as Identity;
    const needed = [identity.source, identity.site, identity.certificate, identity.ca, identity.broker];
    return needed.every((value) => typeof value === "string") ? identity : undefined;
  } catch {
    return undefined;
  }
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

/** Names a key without telling it: 16 hex digits. */
export function keyId(key: KeyObject): string {
  const der = createPublicKey(key).export({ format: "der", type: "spki" });
  return createHash("sha256").update(der).digest("hex").slice(0, 16);
}

async function isKeyReadable(folder: string): Promise<boolean> {
  const pem = await readIfThere(join(folder, KEY_FILE));
  if (pem === undefined) return true;
  try {
    createPrivateKey(pem);
    return true;
  } catch {
    return false;
  }
}

async function setAside(folder: string): Promise<void> {
  for (const name of [IDENTITY_FILE, KEY_FILE]) {
    if ((await readIfThere(join(folder, name))) === undefined) continue;
    await rename(join(folder, name), join(folder, name + ASIDE_SUFFIX));
  }
}
