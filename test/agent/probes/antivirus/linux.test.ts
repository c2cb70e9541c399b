import { describe, expect, it, vi } from "vitest";
import { fail } from "../../../../agent/os/os.ts";
import { linuxAntivirus } from "../../../../agent/probes/antivirus/linux.ts";
import type { ProductRule } from "../../../../agent/probes/antivirus/rule.ts";
import { type AntivirusProduct, antivirusPart } from "../../../../protocol/messages/records/posture.ts";
import type { Recording } from "../../support/fake-os.ts";
import { AT, contextOf } from "../../support/probe-context.ts";

const header = (version: number, epoch: number) =>
  `ClamAV-VDB:20 Nov 2026 08-00 +0000:${version}:2000:90:md5:dsig:builder:${epoch}`.padEnd(512);
const NOV_20 = Date.parse("2026-11-20T08:00:00.000Z") / 1000;

async function productsOf(recording: Recording, rules?: ProductRule[]): Promise<AntivirusProduct[]> {
  const part = await linuxAntivirus(contextOf(recording, rules && { antivirusRules: rules }));
  expect(antivirusPart.parse(part)).toEqual(part);
  if (!("value" in part.products)) throw new Error("no products");
  return part.products.value;
}

const CLAMAV: Recording = {
  commands: { "clamscan --version": "ClamAV 1.4.6\n" },
  files: { "/usr/bin/clamscan": "", "/var/lib/clamav/daily.cvd": header(27821, NOV_20) },
};

describe("the antivirus part on Linux", () => {
  it("is a known nothing where no product is installed", async () => {
    expect(await productsOf({})).toEqual([]);
  });

  it("dates ClamAV by the newer of daily.cld and daily.cvd and notes the others", async () => {
    const files = {
      ...CLAMAV.files,
      "/var/lib/clamav/daily.cld": header(27823, NOV_20 + 86_400),
      "/var/lib/clamav/main.cvd": header(62, 1631795562),
    };
    const [clamav] = await productsOf({ ...CLAMAV, files });
    expect(clamav).toMatchObject({
      name: "ClamAV",
      version: { value: "1.4.6", confidence: "vendor-api" },
      protection: { value: false, source: "processes: clamonacc" },
      definitionsAt: {
        value: "2026-11-21T08:00:00.000Z",
        source: "/var/lib/clamav/daily.cld",
        confidence: "vendor-record",
        at: AT,
      },
      definitionsVersion: { value: "27823" },
      lastScanAt: { unknown: "not-recorded" },
      notes: ["main.cvd 62, built 2021-09-16T12:32:42.000Z, 2000 signatures"],
    });
  });

  it("judges what clamd has loaded, not what lies on disk", async () => {
    vi.stubEnv("TZ", "UTC");
    const sockets = { "/run/clamav/clamd.ctl": "ClamAV 1.4.6/27801/Tue Nov  3 08:00:00 2026\0" };
    const [clamav] = await productsOf({ ...CLAMAV, sockets, processes: ["clamd", "clamonacc"] });
    expect(clamav).toMatchObject({
      protection: { value: true },
      definitionsAt: { value: "2026-11-03T08:00:00.000Z", source: "clamd VERSION", confidence: "vendor-api" },
      definitionsVersion: { value: "27801" },
      notes: ["daily 27821 is on disk, clamd has loaded 27801"],
    });
  });

  it("does not invent a date for an empty or damaged database", async () => {
    const [empty] = await productsOf({ ...CLAMAV, files: { "/usr/bin/clamscan": "" } });
    expect(empty?.definitionsAt).toMatchObject({ unknown: "not-recorded" });
    const torn = { "/usr/bin/clamscan": "", "/var/lib/clamav/daily.cvd": "ClamAV-VDB:20 Nov" };
    const [damaged] = await productsOf({ ...CLAMAV, files: torn });
    expect(damaged).toMatchObject({
      definitionsAt: { unknown: "not-recorded" },
      notes: ["/var/lib/clamav/daily.cvd: truncated"],
    });
  });

  it("takes the last scan from the report that clamscan wrote", async () => {
    vi.stubEnv("TZ", "Asia/Shanghai");
    const log =
      "----------- SCAN SUMMARY -----------\nInfected files: 0\nStart Date: 2026:11:22 12:00:00\nEnd Date:   2026:11:22 12:31:40\n";
    const files = { ...CLAMAV.files, "/var/log/clamav/daily-scan.log": log };
    const [clamav] = await productsOf({ ...CLAMAV, files });
    expect(clamav?.lastScanAt).toEqual({
      value: "2026-11-22T04:31:40.000Z",
      source: "/var/log/clamav/*scan*.log",
      confidence: "vendor-record",
      at: AT,
    });
  });

  it("reads Microsoft Defender's health once, unhealthy or not", async () => {
    const health = JSON.stringify({
      appVersion: "101.24082.0004",
      definitionsUpdated: "1795219200000",
      definitionsVersion: "1.421.226.0",
      healthIssues: ["definitions out of date"],
      healthy: false,
      realTimeProtectionEnabled: { $type: "boolean", value: false },
    });
    const recording = {
      commands: { "mdatp health --output json": { exitCode: 1, stdout: health } },
      files: { "/opt/microsoft/mdatp/sbin/wdavdaemon": "" },
    };
    const context = contextOf(recording);
    const part = await linuxAntivirus(context);
    expect(part.products).toMatchObject({
      value: [
        {
          name: "Microsoft Defender",
          version: { value: "101.24082.0004" },
          protection: { value: false, confidence: "vendor-api" },
          definitionsAt: { value: "2026-11-21T00:00:00.000Z", source: "mdatp health --output json" },
          notes: ["healthy: false", 'issues: ["definitions out of date"]'],
        },
      ],
    });
    expect(context.os.ran).toEqual(["mdatp health --output json"]);
  });

  it("makes a hung vendor command a result", async () => {
    const [defender] = await productsOf({
      commands: { "mdatp health": fail("probe-timeout", "mdatp: no end within 10000 ms") },
      files: { "/opt/microsoft/mdatp/x": "" },
    });
    expect(defender).toMatchObject({
      protection: { unknown: "probe-timeout" },
      definitionsAt: { unknown: "probe-timeout", detail: "mdatp: no end within 10000 ms" },
    });
  });

  it("recognises Chinese products by their folders, and dates those that leave a trace", async () => {
    const products = await productsOf({
      files: {
        "/opt/qaxsafe/bin/x": "",
        "/opt/LinuxKPC/ini/version": "16.0.2.1\n",
        "/opt/LinuxKPC/ini/apsc_client_ui.ini": "[update]\nauto=1\nlasttime=1795219200\n",
      },
      processes: ["QAXEntClient"],
    });
    expect(products).toMatchObject([
      { name: "奇安信天擎", protection: { value: true }, definitionsAt: { unknown: "not-recorded" } },
      {
        name: "江民",
        protection: { unknown: "not-supported" },
        version: { value: "16.0.2.1" },
        definitionsAt: { value: "2026-11-21T00:00:00.000Z" },
      },
    ]);
  });

  it("follows a site's own rule: newest file, file name, ini key, JSON pointer", async () => {
    vi.stubEnv("TZ", "UTC");
    const rule: ProductRule = {
      name: "Site AV",
      platform: "linux",
      detect: [{ kind: "process", names: ["a-guard-with-a-long-name"] }],
      guard: { processes: ["a-guard-with-a-long-name"] },
      version: { kind: "json-file", path: "/opt/av/about.json", pointer: "/product/version" },
      definitionsVersion: { kind: "ini", path: "/opt/av/av.ini", key: "Base.Version" },
      definitionsAt: [
        { kind: "ini", path: "/opt/av/missing.ini", key: "Base.Date", confidence: "vendor-record" },
        { kind: "newest-mtime", path: "/opt/av/base/*.db", confidence: "file-mtime" },
      ],
      lastScanAt: [
        { kind: "file-name", path: "/opt/av/log/*.log", pattern: "^.*/(\\d{14})\\.log$", confidence: "vendor-record" },
      ],
    };
    const [product] = await productsOf(
      {
        files: {
          "/opt/av/about.json": '{"product":{"version":"9.1"}}',
          "/opt/av/av.ini": "[Base]\nVersion=2026112001\n",
          "/opt/av/base/a.db": "",
          "/opt/av/base/b.db": "",
          "/opt/av/log/20261120180000.log": "",
          "/opt/av/log/20261121180000.log": "",
        },
        mtimes: { "/opt/av/base/a.db": Date.UTC(2026, 10, 19), "/opt/av/base/b.db": Date.UTC(2026, 10, 20) },
        processes: ["a-guard-with-a-"],
      },
      [rule],
    );
    expect(product).toMatchObject({
      version: { value: "9.1" },
      protection: { value: true },
      definitionsVersion: { value: "2026112001" },
      definitionsAt: { value: "2026-11-20T00:00:00.000Z", confidence: "file-mtime" },
      lastScanAt: { value: "2026-11-21T18:00:00.000Z" },
    });
  });
});
