import { describe, expect, it } from "vitest";
import { decodeConsole } from "../../../../agent/os/decode-console.ts";
import { parseTasklist } from "../../../../agent/os/processes.ts";
import { parseWindowsVersion, patchLevel, windowsId } from "../../../../agent/probes/identity/windows-version.ts";
import { fullKey, listOf, numberOf, parseRegQuery, registryValue } from "../../../../agent/probes/windows/reg-query.ts";
import { findRegistryValues } from "../../../../agent/probes/windows/registry.ts";
import { fakeOs } from "../../support/fake-os.ts";

const CURRENT_VERSION = String.raw`
HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion
    SystemRoot    REG_SZ    C:\Windows
    CurrentBuildNumber    REG_SZ    22631
    InstallationType    REG_SZ    Client
    ProductName    REG_SZ    Windows 10 Pro
    DisplayVersion    REG_SZ    23H2
    UBR    REG_DWORD    0x116c
    DigitalProductId    REG_BINARY    A400000003000000
    (默认)    REG_SZ    (数值未设置)

`;

const versionOf = (text: string) => parseWindowsVersion([...parseRegQuery(text).values()][0] ?? []);

describe("reg.exe query", () => {
  it("reads values with spaces in names and data, whatever the language of the rest", () => {
    const text = String.raw`
HKEY_LOCAL_MACHINE\SYSTEM\Test
    Connection Name    REG_SZ    以太网 2
    Servers    REG_MULTI_SZ    10.20.0.53\010.20.0.54
    Empty    REG_SZ    
    Big    REG_QWORD    0x1d26189

搜索结束: 找到 4 匹配。
`;
    const values = parseRegQuery(text).get("HKEY_LOCAL_MACHINE\\SYSTEM\\TEST");
    expect(registryValue(values, "connection name")).toEqual({
      name: "Connection Name",
      type: "REG_SZ",
      data: "以太网 2",
    });
    expect(listOf(registryValue(values, "Servers"))).toEqual(["10.20.0.53", "10.20.0.54"]);
    expect(registryValue(values, "Empty")?.data).toBe("");
    expect(numberOf(registryValue(values, "Big"))).toBe(0x1d26189);
    expect(numberOf(registryValue(values, "Connection Name"))).toBeUndefined();
  });

  it("writes hives as reg.exe prints them", () => {
    expect(fullKey("HKLM\\Software\\X")).toBe("HKEY_LOCAL_MACHINE\\SOFTWARE\\X");
  });

  it("finds a value under keys that match a star", async () => {
    const text = String.raw`
HKEY_LOCAL_MACHINE\SOFTWARE\KasperskyLab\protected\AVP21.3\Data
    LastSuccessfulUpdate    REG_DWORD    0x6aff8d00

HKEY_LOCAL_MACHINE\SOFTWARE\KasperskyLab\protected\AVP21.3\Data\Deeper
    LastSuccessfulUpdate    REG_DWORD    0x1
`;
    const commands = { "reg.exe query HKLM\\SOFTWARE\\KasperskyLab\\protected /s /reg:64": text };
    const os = fakeOs({ family: "windows", commands });
    const found = await findRegistryValues(
      os,
      "HKLM\\SOFTWARE\\KasperskyLab\\protected\\*\\Data",
      "LastSuccessfulUpdate",
    );
    expect(found).toEqual({
      ok: true,
      values: [{ name: "LastSuccessfulUpdate", type: "REG_DWORD", data: "0x6aff8d00" }],
    });
  });

  it.each([
    ["ERROR: The system was unable to find the specified registry key or value.", "not-recorded"],
    ["错误: 系统找不到指定的注册表项或值。", "not-recorded"],
    ["ERROR: Access is denied.", "access-denied"],
    ["错误: 拒绝访问。", "access-denied"],
  ])("tells a missing key from a refused one: %s", async (stderr, reason) => {
    const os = fakeOs({ family: "windows", commands: { "reg.exe query": { exitCode: 1, stderr } } });
    expect(await findRegistryValues(os, "HKLM\\SAM", "x")).toMatchObject({ ok: false, reason });
  });
});

describe("the version of Windows", () => {
  it("is 11 by its build, though the product name still says 10", () => {
    const version = versionOf(CURRENT_VERSION);
    expect(version).toEqual({ build: 22631, ubr: 4460, server: false, release: "23H2", name: "Windows 11 Pro" });
    expect(version && [windowsId(version), patchLevel(version)]).toEqual(["windows-11", "22631.4460"]);
  });

  it("reads Server 2019, which has no DisplayVersion", () => {
    const text = CURRENT_VERSION.replace("22631", "17763")
      .replace("REG_SZ    Client", "REG_SZ    Server")
      .replace("Windows 10 Pro", "Windows Server 2019 Standard")
      .replace("DisplayVersion    REG_SZ    23H2", "ReleaseId    REG_SZ    1809");
    const version = versionOf(text);
    expect(version).toMatchObject({
      build: 17763,
      server: true,
      release: "1809",
      name: "Windows Server 2019 Standard",
    });
    expect(version && windowsId(version)).toBe("windows-server");
  });

  it("is unknown without a build number", () => {
    expect(parseWindowsVersion([])).toBeUndefined();
  });
});

describe("console output of zh-CN Windows", () => {
  it("is decoded from code page 936, UTF-8 or UTF-16 as it comes", () => {
    expect(decodeConsole(Uint8Array.from([0xd2, 0xd4, 0xcc, 0xab, 0xcd, 0xf8]))).toBe("以太网");
    expect(decodeConsole(new TextEncoder().encode("以太网"))).toBe("以太网");
    expect(decodeConsole(Buffer.from("<Event>以太网", "utf16le"))).toBe("<Event>以太网");
    expect(decodeConsole(Buffer.from("\ufeff关机", "utf16le"))).toBe("关机");
    expect(decodeConsole(new Uint8Array())).toBe("");
  });

  it("gives process names from tasklist's CSV", () => {
    const csv =
      '"HipsDaemon.exe","1820","Services","0","31,204 K"\r\n"System Idle Process","0","Services","0","8 K"\r\n';
    expect(parseTasklist(csv)).toEqual([
      { pid: 1820, name: "HipsDaemon" },
      { pid: 0, name: "System Idle Process" },
    ]);
  });
});
