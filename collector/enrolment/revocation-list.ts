/** The revocation list as a file, for brokers that cannot ask the database. */
import type { Authority } from "../broker/pki/authority.ts";
import { PUBLIC_MODE, writeWhole } from "../broker/pki/files.ts";
import type { Store } from "../store/port.ts";
import { revokedSerials } from "./certificates.ts";

/** Name of the file in the authority's folder. */
export const REVOCATION_LIST_FILE = "ca.crl";

/** OpenSSL refuses every client once a list has run out, so the list lasts; a newer one replaces it at each revocation. */
export const REVOCATION_LIST_DAYS = 3650;

export async function writeRevocationList(
  { store, authority }: { store: Store; authority: Authority },
  path: string,
): Promise<void> {
  const list = await authority.issueRevocationList(await revokedSerials(store), REVOCATION_LIST_DAYS);
  await writeWhole(path, list, PUBLIC_MODE);
}
