/** The broker of this collector: its own, or the one that the configuration names. */
import type { Log } from "../../protocol/log.ts";
import type { Clock, Random } from "../../protocol/time.ts";
import { openEmbeddedBroker } from "../broker/embedded/embedded-broker.ts";
import { openExternalBroker } from "../broker/external/external-broker.ts";
import type { Authority } from "../broker/pki/authority.ts";
import { openCentreCertificate } from "../broker/pki/centre-certificate.ts";
import { keepCertificate } from "../broker/pki/kept-certificate.ts";
import type { ServerCertificate } from "../broker/pki/server-certificate.ts";
import { openTicketKeys } from "../broker/pki/ticket-keys.ts";
import type { Broker } from "../broker/port.ts";
import type { CollectorConfig } from "../config.ts";
import { identify } from "../enrolment/certificates.ts";
import type { Store } from "../store/port.ts";
import { localHost } from "./addresses.ts";

/** `url` as this machine reaches it; `setCertificate` for a broker that shows a certificate of ours. */
export type UrlBroker = Broker & { url: string; setCertificate?(certificate: ServerCertificate): void };

export interface BrokerDeps {
  clock: Clock;
  random: Random;
  log: Log;
  store: Store;
  authority: Authority;
  certificate: ServerCertificate;
}

/** Rejects with AppError `port-in-use` or `listen-failed`; an external broker may be away for now. */
export function openBroker(folder: string, config: CollectorConfig, deps: BrokerDeps): Promise<UrlBroker> {
  return config.broker === undefined
    ? openOwn(folder, config, deps)
    : openOther(folder, { ...config, broker: config.broker }, deps);
}

async function openOwn(
  folder: string,
  { host, mqttPort: port }: CollectorConfig,
  { store, authority: { caPem }, certificate, clock, log }: BrokerDeps,
): Promise<UrlBroker> {
  const ticketKeys = await openTicketKeys(folder, clock);
  const broker = await openEmbeddedBroker({
    host,
    port,
    caPem,
    certificate,
    ticketKeys,
    identify: (peer) => identify(store, peer),
    clock,
    log,
  });
  return Object.assign(broker, { url: `mqtts://${localHost(host)}:${broker.port}` });
}

async function openOther(
  folder: string,
  { broker: url }: { broker: string },
  { authority, clock, random, log }: BrokerDeps,
): Promise<UrlBroker> {
  // The common name by which the access-control file of an external broker knows the centre.
  const open = () => openCentreCertificate(folder, authority, clock);
  const own = await open();
  const broker = openExternalBroker({ url, caPem: authority.caPem, own, clock, random, log });
  const stopKeeping = keepCertificate({ open, clock, log }, own, (next) => broker.setOwnCertificate(next));
  const disconnect = broker.close.bind(broker);
  const close = () => {
    stopKeeping();
    return disconnect();
  };
  return Object.assign(broker, { url, close });
}
