import { X509Certificate } from "node:crypto";
import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { type Authority, keyHashOfRequest, openAuthority } from "../../../../collector/broker/pki/authority.ts";
import { openssl, opensslRequest } from "../../../support/openssl.ts";
import { temporaryFolder } from "../../../support/test-store.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
let folder: string;
let clock: VirtualClock;
let authority: Authority;

beforeEach(async () => {
  folder = await temporaryFolder();
  clock = new VirtualClock(Date.now());
  authority = await open();
});

const open = () => openAuthority({ folder, name: "Dianmao", clock });

async function write(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe("OpenSSL agrees that", () => {
  test("a client certificate is the authority's, for a client, of the source and its site", async () => {
    const issued = await authority.issueClient(opensslRequest("whatever").csrPem, "pc-1", "hall", 90);
    const path = await write("client.pem", issued.pem);
    expect(
      openssl("verify", "-CAfile", join(folder, "ca.pem"), "-purpose", "sslclient", "-x509_strict", path),
    ).toContain("OK");
    expect(() => openssl("verify", "-CAfile", join(folder, "ca.pem"), "-purpose", "sslserver", path)).toThrow();
    expect(openssl("x509", "-in", path, "-noout", "-subject", "-serial", "-nameopt", "RFC2253").split("\n")).toEqual([
      "subject=O=hall,CN=pc-1",
      `serial=${issued.serial.toUpperCase()}`,
      "",
    ]);
    expect(issued.notAfter).toBe(Math.floor((clock.now() + 90 * DAY_MS) / 1000) * 1000);
  });

  test("a server certificate is for its names and addresses", async () => {
    const issued = await authority.issueServer(["localhost", "hall.example", "::1", "10.1.2.3"], 397);
    const path = await write("server.pem", issued.pem);
    const verify = (...option: string[]) =>
      openssl("verify", "-CAfile", join(folder, "ca.pem"), "-purpose", "sslserver", "-x509_strict", ...option, path);
    for (const name of ["localhost", "hall.example"]) expect(verify("-verify_hostname", name)).toContain("OK");
    for (const address of ["::1", "10.1.2.3"]) expect(verify("-verify_ip", address)).toContain("OK");
    expect(() => verify("-verify_hostname", "other.example")).toThrow();
  });

  test("a revocation list revokes one certificate and no other", async () => {
    const [one, other] = await Promise.all(
      ["pc-1", "pc-2"].map((name) => authority.issueClient(opensslRequest(name).csrPem, name, "hall", 90)),
    );
    const list = await authority.issueRevocationList([{ serial: one?.serial ?? "", revokedAt: clock.now() }], 7);
    const crl = await write("ca.crl", list);
    const verify = async (pem: string) =>
      openssl("verify", "-CAfile", join(folder, "ca.pem"), "-crl_check", "-CRLfile", crl, await write("c.pem", pem));
    expect(await verify(other?.pem ?? "")).toContain("OK");
    await expect(verify(one?.pem ?? "")).rejects.toThrow(/revoked/);
  });
});

describe("a certificate request", () => {
  test("is known by the SHA-256 of its public key, as OpenSSL computes it", async () => {
    const { csrPem, keyPem } = opensslRequest("pc-1");
    const spki = await write("key.pem", keyPem);
    openssl("pkey", "-in", spki, "-pubout", "-outform", "DER", "-out", join(folder, "spki.der"));
    const expected = openssl("dgst", "-sha256", "-r", join(folder, "spki.der")).split(" ")[0];
    expect(await keyHashOfRequest(csrPem)).toBe(expected);
    expect((await authority.issueClient(csrPem, "pc-1", "hall", 1)).keyHash).toBe(expected);
  });

  test.each([
    ["another curve", () => opensslRequest("pc-1", "secp384r1").csrPem],
    ["no request", () => "nonsense"],
    ["a signature that is not its key's", () => spoil(opensslRequest("pc-1").csrPem)],
  ])("with %s is refused", async (_what, csrPem) => {
    await expect(authority.issueClient(csrPem(), "pc-1", "hall", 1)).rejects.toMatchObject({ code: "bad-request" });
  });
});

/** Turns over one bit in the last bytes, which are the signature's. */
function spoil(pem: string): string {
  const der = Buffer.from(pem.replace(/-----.*-----|\s/g, ""), "base64");
  der[der.length - 5] = (der[der.length - 5] as number) ^ 1;
  return `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
}

describe("the authority's files", () => {
  test("are the same after a restart, and only the owner reads the key", async () => {
    const again = await open();
    expect(again.caPem).toBe(authority.caPem);
    expect((await stat(join(folder, "ca.key"))).mode & 0o777).toBe(0o600);
    expect(openssl("x509", "-in", join(folder, "ca.pem"), "-noout", "-fingerprint", "-sha256")).toContain(
      (authority.fingerprint.toUpperCase().match(/../g) ?? []).join(":"),
    );
  });

  test("a key without its certificate, as an interrupted first start leaves it, is used", async () => {
    await rm(join(folder, "ca.pem"));
    const again = await open();
    const keyOf = (pem: string) => new X509Certificate(pem).publicKey.export({ format: "der", type: "spki" });
    expect(keyOf(again.caPem)).toEqual(keyOf(authority.caPem));
  });

  test.each([
    ["the key is lost", () => rm(join(folder, "ca.key"))],
    ["the key is another's", () => write("ca.key", opensslRequest("x").keyPem)],
    [
      "the certificate is damaged",
      () => write("ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
    ],
  ])("are refused when %s", async (_what, damage) => {
    await damage();
    await expect(open()).rejects.toMatchObject({ code: "authority-damaged" });
  });
});
