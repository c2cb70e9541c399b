/** External brokers in processes of their own, on a given port, that can be killed and come back. */

export type BrokerKind = "embedded" | "mosquitto" | "nats";

export interface ExternalBrokerProcess {
  url: string;
  /** SIGKILL and start again on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startBroker(
  kind: Exclude<BrokerKind, "embedded">,
  _centreHome: string,
  _folder: string,
  _port: number,
): Promise<ExternalBrokerProcess> {
  throw new Error(`no ${kind} here`);
}
