import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { SILENT_LOG } from "../../protocol/log.ts";
import { formatInstant } from "../../protocol/time.ts";
import { openSource } from "../../protocol/uplink/open-source.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { startCollector, startDianmao } from "../support/collector-process.ts";
import { freePort } from "../support/free-port.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { openssl } from "../support/openssl.ts";
import { areInstalled } from "../support/programs.ts";
import { temporaryFolder } from "../support/test-store.ts";

const FLUSH_MS_MAX = 20_000;

describe.runIf(areInstalled("mosquitto"))("a Mosquitto in place of the embedded broker", () => {
  test("works by configuration alone: enrolled, committed, acknowledged, revoked", { timeout: 60_000 }, async () => {
    const [home, pcHome] = [await temporaryFolder(), await temporaryFolder()];
    const port = await freePort();
    const out = join(home, "mosquitto");
    const { child, exited } = startDianmao([
      "broker",
      "mosquitto-config",
      "--home",
      home,
      "--out",
      out,
      "--port",
      `${port}`,
    ]);
    child.disconnect();
    expect(await exited).toEqual([0, null]);
    const mosquitto = await startMosquitto(join(out, "mosquitto.conf"), port);
    onTestFinished(() => mosquitto.kill());
    const collector = await startCollector({ home, args: ["--broker", `mqtts://localhost:${port}`] });
    onTestFinished(() => collector.dispose());

    const source = await openSource(
      {
        home: pcHome,
        kind: "agent",
        centre: { url: collector.apiUrl, caFile: collector.caFile, token: await collector.siteToken() },
        machine: "00000000000000a1",
        fingerprint: ["00000000000000a1"],
        hostname: "OFFICE-1",
        version: "1.0.0",
      },
      { clock: SYSTEM_CLOCK, random: Math.random, log: SILENT_LOG },
    );
    onTestFinished(() => source.stop("service-stop"));
    const at = formatInstant(Date.now());
    await source.append({ kind: "power", at, body: { event: "boot", source: "journal", evidence: [] } });
    const { source: name } = await source.enrolled();
    expect(await source.flush(FLUSH_MS_MAX)).toBe(true);

    const api = await collector.api();
    const { epochs } = await api.get<{ epochs: { committed: number }[] }>(`/sources/${name}`);
    expect(epochs).toMatchObject([{ committed: 1 }]);
    await api.post(`/sources/${name}/revoke`, { reason: "test" });
    const list = openssl("crl", "-in", join(home, "pki", "ca.crl"), "-noout", "-text");
    expect(list.match(/Serial Number: /g)).toHaveLength(1);
  });
});
