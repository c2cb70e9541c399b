/** The small JSON files of the readers: there whole or not at all, and an AppError of the caller's code where the disk fails. */
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../../protocol/errors.ts";
import { readIfThere, writeWhole } from "../../protocol/uplink/whole-file.ts";

/** Undefined when there is no such file. */
export async function readSmallFile(path: string, code: string): Promise<string | undefined> {
  try {
    return await readIfThere(path);
  } catch (cause) {
    throw new AppError(code, `${path} cannot be read`, { cause });
  }
}

/** Resolves when it is on disk, with the folders above it. Two writes of one file must not overlap. */
export async function writeSmallFile(path: string, text: string, code: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeWhole(path, text);
  } catch (cause) {
    throw new AppError(code, `${path} cannot be written`, { cause });
  }
}

/** Undefined for what is no JSON: a schema refuses it like anything else. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A name that people or a device gave must not become a path; two names stay two files. */
export function jsonFileNameOf(name: string): string {
  const readable = name.replace(/[^A-Za-z0-9-]/g, "_").slice(0, 40);
  return `${readable}-${createHash("sha256").update(name).digest("hex").slice(0, 8)}.json`;
}
