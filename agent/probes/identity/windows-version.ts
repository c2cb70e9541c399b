/** Which Windows this is, from the key `SOFTWARE\Microsoft\Windows NT\CurrentVersion`. Pure. */
import { cut } from "../text.ts";
import { numberOf, type RegistryValue, registryValue } from "../windows/reg-query.ts";

export const CURRENT_VERSION = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
const FIRST_BUILD_OF_11 = 22_000;

export interface WindowsVersion {
  build: number;
  /** Update build revision; absent before Windows 10. */
  ubr?: number;
  server: boolean;
  /** `23H2`; absent on Server 2019 and LTSC 2019, where ReleaseId stands. */
  release?: string;
  name: string;
}

/** Undefined without a build number. ProductName still says Windows 10 on 11: the build decides. */
export function parseWindowsVersion(values: readonly RegistryValue[]): WindowsVersion | undefined {
  const text = (name: string) => registryValue(values, name)?.data;
  const build = Number(text("CurrentBuildNumber") ?? text("CurrentBuild"));
  if (!Number.isInteger(build) || build === 0) return undefined;
  const server = text("InstallationType")?.startsWith("Server") ?? false;
  const ubr = numberOf(registryValue(values, "UBR"));
  const release = text("DisplayVersion") ?? text("ReleaseId");
  const productName = text("ProductName") ?? "Windows";
  const eleven = !server && build >= FIRST_BUILD_OF_11;
  return {
    build,
    ...(ubr !== undefined && { ubr }),
    server,
    ...(release && { release }),
    name: cut(eleven ? productName.replace("Windows 10", "Windows 11") : productName),
  };
}

export function windowsId({ build, server }: WindowsVersion): string {
  if (server) return "windows-server";
  return build >= FIRST_BUILD_OF_11 ? "windows-11" : build >= 10_240 ? "windows-10" : "windows";
}

/** `22631.4460`: build and revision, the one number that a baseline is compared with. */
export function patchLevel({ build, ubr }: WindowsVersion): string | undefined {
  return ubr === undefined ? undefined : `${build}.${ubr}`;
}
