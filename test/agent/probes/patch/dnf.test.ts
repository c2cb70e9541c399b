import { describe, expect, it } from "vitest";
import { countUpdates, newestInstallMs, parseSecurityAdvisories } from "../../../../agent/probes/patch/dnf.ts";
import { compareReleases, newerKernelWaits } from "../../../../agent/probes/patch/kernel-reboot.ts";
import { linuxPatch } from "../../../../agent/probes/patch/linux.ts";
import { FAKE_NOW_MS } from "../../support/fake-os.ts";
import { contextOf } from "../../support/probe-context.ts";

const DNF4 = `FEDORA-2026-1a2b3c Important/Sec. kernel-core-6.11.4-201.fc40.x86_64
FEDORA-2026-1a2b3c Important/Sec. kernel-6.11.4-201.fc40.x86_64
FEDORA-2026-9f8e7d Moderate/Sec.  openssl-libs-1:3.2.2-3.fc40.x86_64
FEDORA-2026-9f8e7e Low/Sec.       openssl-libs-1:3.2.2-4.fc40.x86_64
`;

const DNF5 = `Name                   Type     Severity                                             Package              Issued
FEDORA-2026-1a2b3c     security Important                    kernel-core-6.11.4-201.fc41.x86_64 2026-11-20 01:20:04
FEDORA-2026-5d6e7f     bugfix   None                               nano-8.2-1.fc41.x86_64 2026-11-20 01:20:04
`;

const CHECK_UPDATE = `
bash.x86_64                 5.2.32-1.fc40            updates
kernel-core.x86_64          6.11.4-201.fc40          updates
openssl-libs.x86_64         1:3.2.2-4.fc40           updates
Obsoleting Packages
nano.x86_64                 8.2-1.fc40               updates
`;

describe("dnf's lists", () => {
  it("names each package of the security advisories once", () => {
    expect(parseSecurityAdvisories(DNF4)).toEqual(["kernel", "kernel-core", "openssl-libs"]);
    expect(parseSecurityAdvisories(DNF5)).toEqual(["kernel-core"]);
    expect(parseSecurityAdvisories("Last metadata expiration check: 0:12:00 ago\n")).toEqual([]);
  });

  it("counts updates, not what they replace", () => {
    expect(countUpdates(CHECK_UPDATE)).toBe(3);
    expect(countUpdates("")).toBe(0);
  });

  it("takes the newest install time", () => {
    expect(newestInstallMs("1763000000\n1764000000\n1762000000\n")).toBe(1_764_000_000_000);
    expect(newestInstallMs("\n")).toBeUndefined();
  });
});

describe("the patch part on an RPM system", () => {
  it("asks caches only and takes exit code 100 for what it says", async () => {
    const context = contextOf({
      commands: {
        "dnf -q -C updateinfo": DNF4,
        "dnf -q -C check-update": { exitCode: 100, stdout: CHECK_UPDATE },
        "rpm -qa": "1795132800\n",
      },
      files: {
        "/usr/bin/dnf": "",
        "/var/lib/rpm/rpmdb.sqlite": "",
        "/var/cache/dnf/updates-1a2b/repodata/repomd.xml": "",
      },
      mtimes: { "/var/cache/dnf/updates-1a2b/repodata/repomd.xml": FAKE_NOW_MS - 3_600_000 },
    });
    const part = await linuxPatch(context);
    expect(part).toMatchObject({
      pending: { value: { security: 3, total: 3, packages: ["kernel", "kernel-core", "openssl-libs"] } },
      lastInstalledAt: { value: "2026-11-20T00:00:00.000Z" },
      listsAt: { value: "2026-11-23T00:00:00.000Z" },
    });
    expect(context.os.ran).toEqual([
      "rpm -qa --qf %{INSTALLTIME}\\n",
      "dnf -q -C updateinfo list --security",
      "dnf -q -C check-update",
    ]);
  });

  it("is unknown on a system that neither manages", async () => {
    expect(await linuxPatch(contextOf({}))).toMatchObject({
      pending: { unknown: "not-supported" },
      listsAt: { unknown: "not-supported" },
    });
  });
});

describe("kernels waiting for a reboot", () => {
  it("compares numbers as numbers", () => {
    expect(compareReleases("6.1.0-28-amd64", "6.1.0-9-amd64")).toBeGreaterThan(0);
    expect(compareReleases("5.14.0-427.el9.x86_64", "5.14.0-427.13.1.el9_4.x86_64")).toBeLessThan(0);
    expect(compareReleases("6.1.0-28-amd64", "6.1.0-28-amd64")).toBe(0);
  });

  it("leaves rescue and old images out", () => {
    const images = ["/boot/vmlinuz-0-rescue-3d12", "/boot/vmlinuz-6.1.0-28-amd64", "/boot/vmlinuz-6.9.0.old"];
    expect(newerKernelWaits(images, "6.1.0-28-amd64")).toBe(false);
    expect(newerKernelWaits(images, "6.18.44")).toBeUndefined();
  });
});
