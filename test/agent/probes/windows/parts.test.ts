import { describe, expect, it } from "vitest";
import { windowsAntivirus } from "../../../../agent/probes/antivirus/windows.ts";
import { windowsIdentity } from "../../../../agent/probes/identity/windows.ts";
import { windowsNetwork } from "../../../../agent/probes/network/windows.ts";
import { windowsPatch } from "../../../../agent/probes/patch/windows.ts";
import { parseDailySnapshot } from "../../../../agent/probes/windows/daily-snapshot.ts";
import { antivirusPart, identityPart, networkPart, patchPart } from "../../../../protocol/messages/records/posture.ts";
import { FAKE_NOW_MS, type Recording } from "../../support/fake-os.ts";
import { contextOf } from "../../support/probe-context.ts";

const GUID = "{8B9F6C2E-1D3A-4E5B-9C7D-0A1B2C3D4E5F}";
const NETWORK = String.raw`HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Network\{4D36E972-E325-11CE-BFC1-08002BE10318}`;
const TCPIP = String.raw`HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces`;

const REGISTRY = {
  "reg.exe query HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion": String.raw`
HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion
    CurrentBuildNumber    REG_SZ    22631
    InstallationType    REG_SZ    Client
    ProductName    REG_SZ    Windows 10 Pro
    DisplayVersion    REG_SZ    23H2
    UBR    REG_DWORD    0x116c
`,
  "reg.exe query HKLM\\SYSTEM\\CurrentControlSet\\Control\\Network": `
${NETWORK}\\${GUID}\\Connection
    Name    REG_SZ    以太网
    PnpInstanceID    REG_SZ    PCI\\VEN_8086&DEV_15BC

${NETWORK}\\{11111111-1D3A-4E5B-9C7D-0A1B2C3D4E5F}\\Connection
    Name    REG_SZ    VMware Network Adapter VMnet8
    PnpInstanceID    REG_SZ    ROOT\\VMWARE\\0001
`,
  "reg.exe query HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip": `
${TCPIP}\\${GUID.toLowerCase()}
    EnableDHCP    REG_DWORD    0x0
    IPAddress    REG_MULTI_SZ    10.20.3.41
    DefaultGateway    REG_MULTI_SZ    10.20.0.1
    NameServer    REG_SZ    10.20.0.53,10.20.0.54
    DhcpNameServer    REG_SZ    10.9.9.9
`,
  "reg.exe query HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Signature Updates": String.raw`
HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows Defender\Signature Updates
    AVSignatureVersion    REG_SZ    1.421.226.0
    SignaturesLastUpdated    REG_BINARY    00A0D5A1F159DD01
`,
};
const MISSING = { exitCode: 1, stderr: "错误: 系统找不到指定的注册表项或值。" };
const PC: Recording = {
  family: "windows",
  commands: { ...REGISTRY, "reg.exe query": MISSING },
  hostname: "DT-0417",
  addresses: [
    { adapter: "以太网", address: "10.20.3.41", prefix: 22, mac: "00:E0:4C:68:00:01", internal: false },
    { adapter: "以太网", address: "fe80::1c2d:3e4f:5a6b:7c8d", prefix: 64, mac: "00:E0:4C:68:00:01", internal: false },
    {
      adapter: "Loopback Pseudo-Interface 1",
      address: "127.0.0.1",
      prefix: 8,
      mac: "00:00:00:00:00:00",
      internal: true,
    },
  ],
  routeSource: "10.20.3.41",
};

const DAILY = JSON.stringify({
  errors: { pending: "0x8024402C" },
  securityCenter: [
    {
      displayName: "火绒安全软件",
      productState: 266240,
      pathToSignedProductExe: "C:\\Program Files\\Huorong\\Sysdiag\\bin\\HipsTray.exe",
    },
    { displayName: "Windows Defender", productState: 393472, pathToSignedProductExe: "windowsdefender://" },
  ],
  defender: {
    AMRunningMode: "Not running",
    RealTimeProtectionEnabled: false,
    AntivirusSignatureVersion: "",
    AntivirusSignatureLastUpdated: null,
    QuickScanEndTime: "/Date(-2209161600000)/",
    FullScanEndTime: "",
    AntivirusSignatureAge: 65535,
    QuickScanAge: 4294967295,
  },
  history: [
    {
      Date: "2026-11-22T03:00:00.0000000Z",
      Title: "Microsoft Defender Antivirus 安全智能更新 - KB2267602 (版本 1.421.226.0)",
      Operation: 1,
      ResultCode: 2,
    },
    {
      Date: "2026-11-20T03:00:00.0000000Z",
      Title: "2026-11 适用于 Windows 11 的累积更新 (KB5046633)",
      Operation: 1,
      ResultCode: 4,
    },
    {
      Date: "2026-11-12T03:00:00.0000000Z",
      Title: "2026-11 适用于 Windows 11 的累积更新 (KB5046633)",
      Operation: 1,
      ResultCode: 2,
    },
  ],
});
const daily = parseDailySnapshot(DAILY, FAKE_NOW_MS - 3_600_000);

describe("the daily snapshot", () => {
  it("maps sentinels and blanks to nothing", () => {
    expect(daily?.defender).toEqual({ runningMode: "Not running", realTime: false });
  });

  it("takes PowerShell's single object for a list of one", () => {
    const one = parseDailySnapshot(
      '{"securityCenter":{"displayName":"360杀毒","productState":397312},"errors":{}}',
      FAKE_NOW_MS,
    );
    expect(one?.securityCenter).toEqual([{ displayName: "360杀毒", productState: 397312 }]);
  });

  it("tells security updates by the category's GUID, whatever its name", () => {
    const json = {
      errors: {},
      pending: [
        { Title: "2026-11 累积更新", Categories: ["0FA1201D-4330-4FA8-8AE9-B877473B6441"] },
        { Title: "Intel - Display", Categories: "ebfc1fc5-71a4-4f7b-9aca-3b9a503104a0" },
      ],
    };
    expect(parseDailySnapshot(JSON.stringify(json), FAKE_NOW_MS)?.pending).toEqual([
      { title: "2026-11 累积更新", security: true },
      { title: "Intel - Display", security: false },
    ]);
  });

  it("is nothing when PowerShell printed something else", () => {
    expect(parseDailySnapshot("Get-CimInstance : 找不到\r\n", FAKE_NOW_MS)).toBeUndefined();
  });
});

describe("the parts of a zh-CN Windows PC", () => {
  it("has an identity", async () => {
    const part = await windowsIdentity(contextOf(PC));
    expect(part.os).toMatchObject({
      value: {
        family: "windows",
        id: "windows-11",
        name: "Windows 11 Pro",
        version: "23H2",
        build: "22631.4460",
        server: false,
      },
    });
    expect(part.users).toMatchObject({ unknown: "not-recorded" });
    expect(identityPart.parse(part)).toEqual(part);
  });

  it("has adapters with GUID, origin, gateway and the name servers entered by hand", async () => {
    const part = await windowsNetwork(contextOf(PC));
    expect(part.adapters).toMatchObject({
      value: [
        {
          id: GUID,
          name: "以太网",
          mac: "00:e0:4c:68:00:01",
          kind: "wired",
          up: true,
          addresses: [{ address: "10.20.3.41", prefix: 22, origin: "manual" }],
          gateways: ["10.20.0.1"],
          dns: ["10.20.0.53", "10.20.0.54"],
        },
      ],
    });
    expect(part.primary).toMatchObject({ value: "10.20.3.41" });
    expect(networkPart.parse(part)).toEqual(part);
  });

  it("takes Security Center's word for a product whose guard runs, with no date where there is none", async () => {
    const part = await windowsAntivirus(contextOf({ ...PC, processes: ["HipsDaemon", "HipsTray"] }, { daily }));
    expect(part.products).toMatchObject({
      value: [
        {
          name: "火绒",
          protection: { value: true, source: "SecurityCenter2:AntiVirusProduct" },
          definitionsCurrent: { value: true, confidence: "boolean" },
          definitionsAt: { unknown: "not-recorded" },
        },
        {
          name: "Windows Defender",
          protection: { value: false },
          definitionsVersion: { value: "1.421.226.0" },
          lastScanAt: { unknown: "not-recorded" },
        },
      ],
    });
    expect(antivirusPart.parse(part)).toEqual(part);
  });

  it("does not believe an entry that outlived its product", async () => {
    const part = await windowsAntivirus(contextOf({ ...PC, processes: ["explorer"] }, { daily }));
    expect(part.products).toMatchObject({
      value: [
        {
          name: "火绒",
          protection: { value: false },
          notes: expect.arrayContaining(["registered, but its guard does not run"]),
        },
        {},
      ],
    });
  });

  it("knows nothing of products before the first snapshot", async () => {
    expect((await windowsAntivirus(contextOf(PC))).products).toMatchObject({ unknown: "not-recorded" });
  });

  it("has a patch level to compare, the last real update, and the error of the search", async () => {
    const part = await windowsPatch(contextOf(PC, { daily }));
    expect(part).toMatchObject({
      level: { value: "22631.4460" },
      lastInstalledAt: { value: "2026-11-12T03:00:00.000Z" },
      pending: { unknown: "probe-failed", detail: "0x8024402C" },
      rebootRequired: { value: false },
      listsAt: { unknown: "probe-failed" },
    });
    expect(patchPart.parse(part)).toEqual(part);
  });

  it("wants a reboot as soon as one of the keys exists", async () => {
    const key = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending";
    const commands = { [`reg.exe query ${key}`]: "", ...PC.commands };
    expect((await windowsPatch(contextOf({ ...PC, commands }))).rebootRequired).toMatchObject({
      value: true,
      source: key,
    });
  });
});
