import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodeCertificateRequest } from "../../../protocol/uplink/certificate-request.ts";
import { openssl } from "../../support/openssl.ts";
import { temporaryFolder } from "../../support/test-store.ts";

async function written(name: string): Promise<string> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const path = join(await temporaryFolder(), "request.pem");
  await writeFile(path, encodeCertificateRequest(privateKey, name));
  return path;
}

/** OpenSSL tells the result of its check on standard error, and exits with 0 whatever it is. */
function verified(path: string): boolean {
  const { stdout, stderr } = spawnSync("openssl", ["req", "-in", path, "-noout", "-verify"], { encoding: "utf8" });
  return /verify OK/i.test(stdout + stderr);
}

describe("a certificate request", () => {
  test("is one that OpenSSL reads, and signed by its own key", async () => {
    const path = await written("pc-17");
    expect(verified(path)).toBe(true);
    const text = openssl("req", "-in", path, "-noout", "-text", "-nameopt", "RFC2253");
    expect(text).toContain("Subject: CN=pc-17");
    expect(text).toContain("ASN1 OID: prime256v1");
    expect(text).toContain("Signature Algorithm: ecdsa-with-SHA256");
  });

  test("carries a name of another script, and one that needs a long length", async () => {
    expect(openssl("req", "-in", await written("一楼大厅"), "-noout", "-subject", "-nameopt", "utf8")).toContain(
      "一楼大厅",
    );
    const long = "x".repeat(64);
    expect(openssl("req", "-in", await written(long), "-noout", "-subject")).toContain(long);
  });

  test("whose signature is of another key is refused, so that the check above means something", async () => {
    const path = await written("pc-17");
    const lines = (await readFile(path, "utf8")).split("\n");
    const body = Buffer.from(lines.slice(1, -2).join(""), "base64");
    body[body.length - 3] = (body.at(-3) as number) ^ 1;
    await writeFile(path, `${lines[0]}\n${body.toString("base64")}\n${lines.at(-2)}\n`);
    expect(verified(path)).toBe(false);
  });
});
