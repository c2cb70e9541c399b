/** What enrolment is given by this collector's configuration. */
import type { CollectorConfig } from "../config.ts";
import { AddressRate } from "../enrolment/address-rate.ts";
import type { EnrolmentDeps } from "../enrolment/deps.ts";
import { inUrl } from "./addresses.ts";

/** `disconnect` cuts a source off; `mqttUrl` is the broker as this machine reaches it. */
export function enrolmentDeps(
  { broker, names, site, certificateDays }: CollectorConfig,
  { store, clock, authority }: Pick<EnrolmentDeps, "store" | "clock" | "authority">,
  { disconnect, mqttUrl }: { disconnect: (source: string) => Promise<void>; mqttUrl: string },
): EnrolmentDeps {
  return {
    store,
    clock,
    authority,
    site,
    certificateDays,
    rate: new AddressRate(clock),
    disconnect,
    brokerUrl(requestHost) {
      const host = names[0] ?? requestHost;
      if (broker !== undefined || host === undefined) return mqttUrl;
      return `mqtts://${inUrl(host)}:${new URL(mqttUrl).port}`;
    },
  };
}
