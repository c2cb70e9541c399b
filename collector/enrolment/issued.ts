/** The certificates that were issued, as rows. */
import type { Transaction } from "kysely";
import type { IssuedCertificate } from "../broker/pki/authority.ts";
import type { Database } from "../store/schema.ts";

export async function insertCertificate(
  tx: Transaction<Database>,
  sourceId: number,
  issued: IssuedCertificate,
): Promise<void> {
  await tx
    .insertInto("certificate")
    .values({
      serial: issued.serial,
      source_id: sourceId,
      key_hash: issued.keyHash,
      not_before: issued.notBefore,
      not_after: issued.notAfter,
      revoked_at: null,
      revoked_reason: null,
    })
    .execute();
  // What a source fetches with this key from now on.
  await tx
    .updateTable("enrolment")
    .set({ certificate: issued.pem })
    .where("key_hash", "=", issued.keyHash)
    .where("state", "=", "granted")
    .execute();
}
