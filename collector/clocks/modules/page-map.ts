/** Whose template is on which page of a module: `readers/modules/NAME.json` in the home folder. Nothing biometric is in it. */
import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { AppError } from "../../../protocol/errors.ts";

const pageMap = z.object({
  v: z.literal(1),
  pages: z.record(z.string().regex(/^\d{1,5}$/), z.string().min(1).max(64)),
});

/** User ids by page. */
export type PageMap = ReadonlyMap<number, string>;

/** Empty when there is no file. Rejects with AppError `page-map-bad`, `page-map-io`. */
export async function loadPageMap(home: string, module: string): Promise<PageMap> {
  const path = pathOf(home, module);
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw new AppError("page-map-io", `${path} cannot be read`, { cause });
  });
  if (text === undefined) return new Map();
  const parsed = pageMap.safeParse(parseJson(text));
  if (!parsed.success) throw new AppError("page-map-bad", `${path} is not a page map`);
  return new Map(Object.entries(parsed.data.pages).map(([page, user]) => [Number(page), user]));
}

/** Resolves when it is on disk. Rejects with AppError `page-map-io`. */
export async function savePageMap(home: string, module: string, map: PageMap): Promise<void> {
  const path = pathOf(home, module);
  const pages = Object.fromEntries([...map].sort(([a], [b]) => a - b));
  try {
    await mkdir(folderOf(home), { recursive: true, mode: 0o700 });
    const file = await open(`${path}.new`, "w", 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ v: 1, pages }, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  } catch (cause) {
    throw new AppError("page-map-io", `${path} cannot be written`, { cause });
  }
}

function folderOf(home: string): string {
  return join(home, "readers", "modules");
}

/** A name is people's word: it must not become a path. */
function pathOf(home: string, module: string): string {
  const readable = module.replace(/[^A-Za-z0-9-]/g, "_").slice(0, 40);
  return join(folderOf(home), `${readable}-${createHash("sha256").update(module).digest("hex").slice(0, 8)}.json`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
