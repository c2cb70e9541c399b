/** An enrolment desk over a real database and a real authority, in virtual time. */
import { join } from "node:path";
import { openAuthority } from "../../collector/broker/pki/authority.ts";
import { AddressRate } from "../../collector/enrolment/address-rate.ts";
import { enrol } from "../../collector/enrolment/enrolment.ts";
import type { EnrolmentRequest } from "../../protocol/messages/enrolment.ts";
import { opensslRequest } from "./openssl.ts";
import { openTestStore, temporaryFolder } from "./test-store.ts";
import { VirtualClock } from "./virtual-clock.ts";

export const FINGERPRINT = ["00000000000000a1", "00000000000000a2", "00000000000000a3", "00000000000000a4"];

export async function openEnrolmentFixture() {
  // Certificates are checked against the real time by OpenSSL and TLS.
  const clock = new VirtualClock(Date.now());
  const folder = await temporaryFolder();
  const authority = await openAuthority({ folder: join(folder, "pki"), name: "Dianmao test", clock });
  const store = await openTestStore({ clock });
  const cutOff: string[] = [];
  const deps = {
    store,
    clock,
    authority,
    site: "hall",
    certificateDays: 90,
    brokerUrl: (host: string | undefined) => `mqtts://${host ?? "127.0.0.1"}:8883`,
    rate: new AddressRate(clock),
    disconnect: async (source: string) => void cutOff.push(source),
  };
  return {
    deps,
    clock,
    store,
    authority,
    cutOff,
    enrol: (request: EnrolmentRequest, address = "10.0.0.7") =>
      enrol(deps, request, { address, host: "centre.example" }),
    /** The decisions in the log, oldest first. */
    async decisions(): Promise<{ kind: string; body: Record<string, unknown> }[]> {
      const rows = await store.read.selectFrom("record").select(["kind", "body"]).orderBy("id").execute();
      return rows.map(({ kind, body }) => ({ kind, body: JSON.parse(body) }));
    },
  };
}

/** A request as a PC makes it, with a new key unless one is given. */
export function requestOf(changes: Partial<EnrolmentRequest> = {}): EnrolmentRequest {
  return {
    csr: opensslRequest("pc").csrPem,
    kind: "agent",
    fingerprint: FINGERPRINT,
    hostname: "OFFICE-1",
    agent: "1.0.0",
    ...changes,
  };
}
