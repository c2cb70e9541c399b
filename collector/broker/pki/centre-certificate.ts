/** The centre's own client certificate, by which an external broker knows it. */
import type { Clock } from "../../../protocol/time.ts";
import { CENTRE_SOURCE } from "../../registry/decisions.ts";
import type { Authority } from "./authority.ts";
import { type CertificateAndKey, openKeptCertificate } from "./kept-certificate.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** It is looked at when the collector starts, which may run for a year. */
const CENTRE_DAYS = 3 * 365;
const RENEW_BEFORE_MS = 2 * 365 * DAY_MS;

export function openCentreCertificate(folder: string, authority: Authority, clock: Clock): Promise<CertificateAndKey> {
  return openKeptCertificate({
    folder,
    stem: CENTRE_SOURCE,
    authority,
    clock,
    renewBeforeMs: RENEW_BEFORE_MS,
    serves: () => true,
    issue: () => authority.issueClientWithKey(CENTRE_SOURCE, CENTRE_DAYS),
  });
}
