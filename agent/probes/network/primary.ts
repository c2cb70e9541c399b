/** The primary address: where the broker connection starts; without one, where the default route starts. */
import type { Fact } from "../../../protocol/messages/fact.ts";
import type { Adapter } from "../../../protocol/messages/records/posture.ts";
import type { ProbeContext } from "../probe.ts";
import { isIdentity } from "./address.ts";

/**
 * A broker on this very machine (loopback) says nothing about the machine's address, so the default route decides then; on a
 * network without one, the only address there is.
 * @param gateways Default gateways, the preferred one first.
 */
export async function readPrimary(
  context: ProbeContext,
  adapters: readonly Adapter[],
  gateways: readonly { address: string }[],
): Promise<Fact<string>> {
  const { os, facts, brokerAddress } = context;
  if (brokerAddress && isIdentity(brokerAddress)) return facts.known(brokerAddress, "broker connection", "os-record");
  // A link-local next hop needs the adapter's name as well, which a plain route look-up does not take.
  const gateway = gateways.find(({ address }) => isIdentity(address))?.address;
  if (!gateway) return onlyAddress(context, adapters);
  const source = await os.sourceAddressTo(gateway);
  if (!source.ok) return facts.failed(source, `route to ${gateway}`);
  if (!isIdentity(source.text)) return facts.unknown("not-recorded", `${source.text} is not an identity`);
  return facts.known(source.text, `route to ${gateway}`, "os-record");
}

function onlyAddress({ facts }: ProbeContext, adapters: readonly Adapter[]): Fact<string> {
  const identities = adapters.flatMap(({ addresses }) => addresses).filter(({ address }) => isIdentity(address));
  const [only, ...others] = identities;
  if (only && others.length === 0) return facts.known(only.address, "the only address", "os-record");
  return facts.unknown("not-recorded", "no connection to a broker and no default route");
}
