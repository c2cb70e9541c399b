/** Who is known on a bare module: the people of its page map. It takes no name and no id; whoever is removed loses their templates. */
import { AppError } from "../../../protocol/errors.ts";
import type { DeviceUser, UserTable } from "../drivers/driver.ts";
import type { Ef01Module } from "../drivers/ef01-module.ts";
import type { PageMap } from "./page-map.ts";

export interface ModuleUsersDeps {
  module: Pick<Ef01Module, "remove">;
  loadPages(): Promise<PageMap>;
  /** Resolves when the map is on disk. */
  savePages(pages: PageMap): Promise<void>;
}

export function moduleUsers({ module, loadPages, savePages }: ModuleUsersDeps): UserTable {
  return {
    async read(): Promise<DeviceUser[]> {
      return [...new Set((await loadPages()).values())].map((user) => ({ user, name: new Uint8Array() }));
    },
    nameBytesMax: async () => 0,
    assertWritable: async () => {},
    async add() {
      throw new AppError(
        "finger-needed",
        "a module knows nobody without a finger: use `clock enrol` / 请用 clock enrol 登记手指",
      );
    },
    /** The template first: a page that is mapped to somebody and empty does no harm, one that is nobody's does. */
    async remove(user) {
      const pages = new Map(await loadPages());
      for (const [page, owner] of [...pages]) {
        if (owner !== user) continue;
        await module.remove(page);
        pages.delete(page);
        await savePages(pages);
      }
    },
  };
}
