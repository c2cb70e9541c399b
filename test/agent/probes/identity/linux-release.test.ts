import { describe, expect, it } from "vitest";
import { identifyLinux } from "../../../../agent/probes/identity/linux-release.ts";

const DEBIAN = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
ID=debian
`;

describe("which Linux a PC runs", () => {
  it("reads os-release on Debian", () => {
    expect(identifyLinux({ osRelease: DEBIAN })).toEqual({
      family: "linux",
      id: "debian",
      name: "Debian GNU/Linux 12 (bookworm)",
      version: "12",
    });
  });

  it("tells a server edition from its variant", () => {
    const osRelease = 'ID="rocky"\nVERSION_ID="9.4"\nPRETTY_NAME="Rocky Linux 9.4 (Blue Onyx)"\nVARIANT_ID=server\n';
    expect(identifyLinux({ osRelease })).toMatchObject({ id: "rocky", version: "9.4", server: true });
  });

  it("believes UOS's own file before os-release", () => {
    const osVersion = `[Version]
SystemName=UOS Desktop
SystemName[zh_CN]=统信桌面操作系统
ProductType=Desktop
EditionName=Professional
EditionName[zh_CN]=专业版
MajorVersion=20
MinorVersion=1060
OsBuild=12038.101
`;
    expect(identifyLinux({ osRelease: DEBIAN, osVersion })).toEqual({
      family: "linux",
      id: "uos",
      name: "UOS Desktop Professional",
      version: "1060",
      build: "12038.101",
      server: false,
    });
  });

  it("recognises Kylin desktop although os-release says Debian", () => {
    const kyinfo = `[dist]
name=Kylin
milestone=Desktop-V10-SP1
dist_id=Kylin-Desktop-V10-SP1-Release-2303-X86_64-20230407.144512

[os]
to=
term=2030-01-01

[servicekey]
key=0123456
`;
    expect(identifyLinux({ osRelease: DEBIAN, kyinfo })).toEqual({
      family: "linux",
      id: "kylin",
      name: "Kylin Kylin-Desktop-V10-SP1-Release-2303-X86_64-20230407.144512",
      version: "V10-SP1",
      build: "Kylin-Desktop-V10-SP1-Release-2303-X86_64-20230407.144512",
      server: false,
    });
  });

  it("recognises Kylin server by kylin-release", () => {
    const kylinRelease = "Kylin Linux Advanced Server release V10 (Lance)\n";
    expect(identifyLinux({ kylinRelease })).toEqual({
      family: "linux",
      id: "kylin",
      name: "Kylin Linux Advanced Server release V10 (Lance)",
      version: "V10",
      server: true,
    });
  });

  it("says nothing when there is nothing to read", () => {
    expect(identifyLinux({})).toBeUndefined();
    expect(identifyLinux({ osRelease: "garbage\n\u0000" })).toBeUndefined();
  });
});
