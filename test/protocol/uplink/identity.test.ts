import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SILENT_LOG } from "../../../protocol/log.ts";
import {
  forgetIdentity,
  type Identity,
  keyId,
  openIdentity,
  storeIdentity,
} from "../../../protocol/uplink/identity.ts";
import { openssl } from "../../support/openssl.ts";
import { temporaryFolder } from "../../support/test-store.ts";

const MACHINE = "00000000000000aa";
const IDENTITY: Identity = {
  source: "pc-1",
  site: "hall",
  certificate: "certificate",
  ca: "ca",
  broker: "mqtts://127.0.0.1:8883",
  expiresAt: "2027-02-21T00:00:00.000Z",
  machine: MACHINE,
};

const open = (folder: string, machine = MACHINE) => openIdentity(folder, machine, SILENT_LOG);

describe("an identity", () => {
  test("begins with a P-256 key that its owner alone can read, and is the same when opened again", async () => {
    const folder = await temporaryFolder();
    const { key, identity } = await open(folder);
    expect(identity).toBeUndefined();
    expect((await stat(join(folder, "key.pem"))).mode & 0o777).toBe(0o600);
    expect(openssl("pkey", "-in", join(folder, "key.pem"), "-noout", "-text")).toContain("ASN1 OID: prime256v1");

    await storeIdentity(folder, IDENTITY);
    expect((await stat(join(folder, "identity.json"))).mode & 0o777).toBe(0o600);
    const again = await open(folder);
    expect([again.identity, keyId(again.key)]).toEqual([IDENTITY, keyId(key)]);
    expect((await readdir(folder)).sort()).toEqual(["identity.json", "key.pem"]);
  });

  test("of another machine is kept aside, and a new key made", async () => {
    const folder = await temporaryFolder();
    const { key } = await open(folder);
    await storeIdentity(folder, IDENTITY);
    const other = await open(folder, "00000000000000bb");
    expect(other.identity).toBeUndefined();
    expect(keyId(other.key)).not.toBe(keyId(key));
    expect((await readdir(folder)).sort()).toEqual(["identity.json.aside", "key.pem", "key.pem.aside"]);
  });

  test("with a damaged file is asked for again with the same key", async () => {
    for (const text of ["", "{", '{"source":"pc-1"}', "null"]) {
      const folder = await temporaryFolder();
      const { key } = await open(folder);
      await writeFile(join(folder, "identity.json"), text);
      const again = await open(folder);
      expect([again.identity, keyId(again.key)], text).toEqual([undefined, keyId(key)]);
    }
  });

  test("with a damaged key is kept aside, and a new key made", async () => {
    const folder = await temporaryFolder();
    await open(folder);
    await storeIdentity(folder, IDENTITY);
    await writeFile(join(folder, "key.pem"), "-----BEGIN PRIVATE KEY-----\nAAAA\n");
    expect((await open(folder)).identity).toBeUndefined();
    expect(await readFile(join(folder, "key.pem"), "utf8")).toContain("END PRIVATE KEY");
  });

  test("forgotten is another the next time", async () => {
    const folder = await temporaryFolder();
    const { key } = await open(folder);
    await storeIdentity(folder, IDENTITY);
    await forgetIdentity(folder);
    const again = await open(folder);
    expect(again.identity).toBeUndefined();
    expect(keyId(again.key)).not.toBe(keyId(key));
  });
});
