/** Enrolment and renewal: what a source posts over HTTPS to become known, and what it gets. */
import * as z from "zod";
import { instant, name, shortText } from "./primitives.ts";

const pem = z.string().min(32).max(8192);
const hardwareId = z.string().regex(/^[0-9a-f]{16}$/);

export const SOURCE_KINDS = ["agent", "reader"] as const;

/** `POST /api/v1/enrolments`; posted again with the same key while the answer is 202. */
export const enrolmentRequest = z.object({
  /** A one-time or site token; without one the request waits for an officer. */
  token: shortText.optional(),
  /** PKCS#10, P-256; the private key never leaves the source. */
  csr: pem,
  kind: z.enum(SOURCE_KINDS),
  /** Hardware ids, each hashed (k of n decide whether it is the same machine). */
  fingerprint: z.array(hardwareId).max(8),
  hostname: shortText,
  agent: shortText,
  simulated: z.boolean().optional(),
  /** The name wanted; the centre may give another. */
  wanted: name.optional(),
});
export type EnrolmentRequest = z.infer<typeof enrolmentRequest>;

export const enrolmentGranted = z.object({
  state: z.literal("granted"),
  source: name,
  site: name,
  certificate: pem,
  /** The certificate authority to trust for broker and API. */
  ca: pem,
  broker: shortText,
  expiresAt: instant,
});
export type EnrolmentGranted = z.infer<typeof enrolmentGranted>;

export const enrolmentWaiting = z.object({
  state: z.literal("waiting"),
  enrolment: shortText,
  retryAfterSeconds: z.int().min(1),
});

/** `POST /api/v1/renewals`: the request is signed with the certificate's own key, which proves possession. */
export const renewalRequest = z.object({ certificate: pem, csr: pem });
