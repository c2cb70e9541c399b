/** Windows Defender: the daily snapshot, and between two of them the registry. Not yet run on Windows. */
import type { Fact } from "../../../protocol/messages/fact.ts";
import type { AntivirusProduct } from "../../../protocol/messages/records/posture.ts";
import { filetime } from "../dates.ts";
import { dated, firstKnown } from "../facts.ts";
import type { ProbeContext } from "../probe.ts";
import { fullKey, registryValue } from "../windows/reg-query.ts";
import { queryRegistry } from "../windows/registry.ts";

const SIGNATURES = "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Signature Updates";
const WMI = "MSFT_MpComputerStatus";

export type DefenderValues = Pick<
  AntivirusProduct,
  "version" | "definitionsAt" | "definitionsVersion" | "lastScanAt" | "notes"
>;

export async function readDefender(context: ProbeContext): Promise<DefenderValues> {
  const { os, facts, daily } = context;
  const status = daily?.defender;
  const answer = await queryRegistry(os, SIGNATURES);
  const values = answer.ok ? (answer.keys.get(fullKey(SIGNATURES)) ?? []) : [];
  const updated = registryValue(values, "SignaturesLastUpdated");
  const version = registryValue(values, "AVSignatureVersion");
  const missing = answer.ok ? facts.unknown("not-recorded", undefined, SIGNATURES) : facts.failed(answer, SIGNATURES);
  const fromDaily = (value: string | undefined): Fact<string> => {
    const why = daily?.errors.defender;
    if (value) return { ...facts.known(value, WMI, "vendor-api"), at: daily?.at ?? facts.at };
    return facts.unknown(why ? "probe-failed" : "not-recorded", why ?? "not in the last snapshot", WMI);
  };
  const scans = [status?.quickScanEndAt, status?.fullScanEndAt].flatMap((at) => at ?? []).sort();
  return {
    version: fromDaily(status?.productVersion),
    // The registry is read now, the snapshot up to a day ago.
    definitionsAt: firstKnown([
      updated ? dated(facts, filetime(updated.data, os.now()), SIGNATURES, "vendor-record") : missing,
      fromDaily(status?.signatureUpdatedAt),
    ]),
    definitionsVersion: firstKnown([
      version ? facts.known(version.data, SIGNATURES, "vendor-record") : missing,
      fromDaily(status?.signatureVersion),
    ]),
    lastScanAt: fromDaily(scans.at(-1)),
    notes: status?.runningMode ? [`running mode: ${status.runningMode}`] : [],
  };
}
