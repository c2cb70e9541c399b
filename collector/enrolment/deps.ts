/** What enrolment is given. */
import type { Clock } from "../../protocol/time.ts";
import type { Authority } from "../broker/pki/authority.ts";
import type { Store } from "../store/port.ts";
import type { AddressRate } from "./address-rate.ts";

export interface EnrolmentDeps {
  store: Store;
  clock: Clock;
  authority: Authority;
  site: string;
  /** Life of a certificate. */
  certificateDays: number;
  /** `mqtts://host:port` as sources reach it; the host of the enrolment's own request is put in when it is absent. */
  brokerUrl: (requestHost: string | undefined) => string;
  /** Limits requests without a token; absent: no limit. */
  rate?: AddressRate;
  /** Cuts off connections that stand on certificates which no longer serve. */
  disconnect?: (source: string) => Promise<void>;
}
