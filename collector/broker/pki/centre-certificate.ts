/** The centre's own client certificate, by which an external broker knows it. */
import type { Clock } from "../../../protocol/time.ts";
import { CENTRE_SOURCE } from "../../registry/decisions.ts";
import type { Authority } from "./authority.ts";
import { type CertificateAndKey, KEPT_DAYS, openKeptCertificate } from "./kept-certificate.ts";

export function openCentreCertificate(folder: string, authority: Authority, clock: Clock): Promise<CertificateAndKey> {
  return openKeptCertificate({
    folder,
    stem: CENTRE_SOURCE,
    authority,
    clock,
    serves: () => true,
    issue: () => authority.issueClientWithKey(CENTRE_SOURCE, KEPT_DAYS),
  });
}
