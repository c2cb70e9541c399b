/** Key and certificate files: read if they are there, written whole or not at all. */
import { chmod, open, readFile, rename } from "node:fs/promises";

export const PRIVATE_MODE = 0o600;
export const PUBLIC_MODE = 0o644;

export async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** On disk when it resolves; a power cut leaves the old content or the new. */
export async function writeWhole(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, "w", mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  // The mode above holds for a new file only.
  await chmod(temporary, mode);
  await rename(temporary, path);
}
