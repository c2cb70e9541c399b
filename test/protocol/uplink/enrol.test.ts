import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { requestEnrolment, requestRenewal } from "../../../protocol/uplink/enrol.ts";
import { openKey } from "../../../protocol/uplink/identity.ts";
import type { CentreTrust, SourceOptions } from "../../../protocol/uplink/source.ts";
import { openssl, opensslRequest } from "../../support/openssl.ts";
import { openSmallCentre, type SmallCentre, type SmallCentreOptions } from "../../support/small-centre.ts";
import { temporaryFolder } from "../../support/test-store.ts";

const BROKER = "mqtts://127.0.0.1:8883";
const WAITING = { status: 202, body: { state: "waiting", enrolment: "e-1", retryAfterSeconds: 5 } };

async function world(options?: SmallCentreOptions) {
  const centre = await openSmallCentre(options);
  const home = await temporaryFolder();
  const key = await openKey(home);
  const source: SourceOptions = {
    home,
    kind: "agent",
    machine: "00000000000000aa",
    fingerprint: ["00000000000000a1"],
    hostname: "OFFICE-1",
    version: "1.0.0",
  };
  const enrol = (trust: CentreTrust = { caFile: centre.caFile }, token?: string) =>
    requestEnrolment({ url: centre.url, ...trust, ...(token === undefined ? {} : { token }) }, key, source);
  return { centre, key, enrol };
}

/** A grant for whatever key the first request shows. */
async function grantFor(centre: SmallCentre, enrol: () => Promise<unknown>): Promise<Record<string, unknown>> {
  centre.answers = [WAITING];
  await enrol();
  return centre.grant(String(centre.requests[0]?.body.csr), "pc-1", BROKER);
}

/** A server as public authorities have them: its own certificate and the authority's, but not the root's. */
async function openBelowForeignRoot(): Promise<string> {
  const folder = await temporaryFolder();
  const at = (name: string) => join(folder, name);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const make = (name: string, extension: string, ...issuer: string[]) =>
    openssl(
      ...["req", "-x509", ...newKey, "-subj", `/CN=${name}`, "-days", "1", "-addext", extension],
      ...["-keyout", at(`${name}.key`), "-out", at(`${name}.pem`), ...issuer],
    );
  const issuedBy = (name: string) => ["-CA", at(`${name}.pem`), "-CAkey", at(`${name}.key`)];
  make("root", "keyUsage=keyCertSign");
  make("middle", "keyUsage=keyCertSign", ...issuedBy("root"));
  make("server", "subjectAltName=IP:127.0.0.1", ...issuedBy("middle"));
  const read = (name: string) => readFile(at(name), "utf8");
  const server = createServer({
    cert: (await read("server.pem")) + (await read("middle.pem")),
    key: await read("server.key"),
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("an enrolment", () => {
  test("tells who asks, with a token if there is one, and takes what is granted", async () => {
    const { centre, enrol } = await world();
    const body = await grantFor(centre, enrol);
    centre.answers = [{ status: 201, body }];
    const { state: _, ...identity } = body;
    expect(await enrol(undefined, "t-1")).toEqual({ state: "granted", identity });
    expect(centre.requests.at(-1)).toEqual({
      path: "/api/v1/enrolments",
      body: {
        token: "t-1",
        csr: expect.stringContaining("BEGIN CERTIFICATE REQUEST"),
        kind: "agent",
        fingerprint: ["00000000000000a1"],
        hostname: "OFFICE-1",
        agent: "1.0.0",
      },
    });
  });

  test("waits as long as it is told, but not for days", async () => {
    const { centre, enrol } = await world();
    centre.answers = [WAITING, { status: 202, body: { ...WAITING.body, retryAfterSeconds: 86_400 } }];
    expect(await enrol()).toEqual({ state: "waiting", enrolment: "e-1", retryAfterMs: 5000 });
    expect(await enrol()).toMatchObject({ retryAfterMs: 600_000 });
  });

  test.each([
    [401, { code: "token-refused" }, "token-refused"],
    [403, { code: "enrolment-refused" }, "enrolment-refused"],
    [409, { code: "key-of-another-machine" }, "key-of-another-machine"],
    [429, {}, "http-429"],
    [201, { state: "granted", source: "pc-1" }, "bad-response"],
    [200, "<html>", "bad-response"],
  ])("answered with %i %j fails as %s", async (status, body, code) => {
    const { centre, enrol } = await world();
    centre.answers = [{ status, body }];
    await expect(enrol()).rejects.toMatchObject({ code });
  });

  test("does not swallow an answer without end", async () => {
    const { centre, enrol } = await world();
    centre.answers = [{ status: 200, body: `"${"x".repeat(300_000)}"` }];
    await expect(enrol()).rejects.toMatchObject({ code: "unreachable", message: expect.stringContaining("too long") });
  });

  test("does not take a certificate for another key", async () => {
    const { centre, enrol } = await world();
    const body = await centre.grant(opensslRequest("pc-1").csrPem, "pc-1", BROKER);
    centre.answers = [{ status: 201, body }];
    await expect(enrol()).rejects.toMatchObject({ code: "bad-response" });
  });

  test("does not take a name that is none", async () => {
    const { centre, enrol } = await world();
    const body = await grantFor(centre, enrol);
    centre.answers = [{ status: 201, body: { ...body, source: "../pc" } }];
    await expect(enrol()).rejects.toMatchObject({ code: "bad-response" });
  });
});

describe("the centre", () => {
  test("is recognised by the fingerprint of its authority, however that is written", async () => {
    const { centre, enrol } = await world();
    centre.answers = [WAITING];
    const { fingerprint } = centre.authority;
    const withColons = (fingerprint.match(/../g) as string[]).join(":").toUpperCase();
    for (const caFingerprint of [fingerprint, withColons]) {
      expect(await enrol({ caFingerprint })).toMatchObject({ state: "waiting" });
    }
  });

  test("with another authority gets nothing, not even the request", async () => {
    const { centre, enrol } = await world();
    const other = await openSmallCentre();
    for (const trust of [
      { caFingerprint: other.authority.fingerprint },
      { caFile: other.caFile },
      { caFile: centre.caFile, caFingerprint: other.authority.fingerprint },
      {},
    ]) {
      await expect(enrol(trust), JSON.stringify(trust)).rejects.toMatchObject({ code: "untrusted" });
    }
    expect(centre.requests).toEqual([]);
  });

  test("with the right authority and another name gets nothing either", async () => {
    const { centre, enrol } = await world({ names: ["elsewhere.example"] });
    await expect(enrol({ caFingerprint: centre.authority.fingerprint })).rejects.toMatchObject({ code: "untrusted" });
    expect(centre.requests).toEqual([]);
  });

  test("whose authority stands under another one, not sent along, is not trusted either", async () => {
    const { enrol, centre } = await world();
    centre.url = await openBelowForeignRoot();
    await expect(enrol()).rejects.toMatchObject({ code: "untrusted" });
  });

  test("whose CA file is absent or none is told as such", async () => {
    const { enrol } = await world();
    const folder = await temporaryFolder();
    await writeFile(join(folder, "none.pem"), "hello");
    for (const name of ["absent.pem", "none.pem"]) {
      await expect(enrol({ caFile: join(folder, name) })).rejects.toMatchObject({ code: "untrusted" });
    }
  });

  test("that is not there is unreachable", async () => {
    const { enrol, centre } = await world();
    const { freePort } = await import("../../support/free-port.ts");
    centre.url = `https://127.0.0.1:${await freePort()}`;
    await expect(enrol()).rejects.toMatchObject({ code: "unreachable" });
  });
});

describe("a renewal", () => {
  test("shows the old certificate and proves its key", async () => {
    const { centre, enrol, key } = await world();
    const { state: _, ...identity } = (await grantFor(centre, enrol)) as never as { state: string } & Parameters<
      typeof requestRenewal
    >[2];
    const body = await centre.grant(String(centre.requests[0]?.body.csr), "pc-1", BROKER);
    centre.answers = [{ status: 201, body }];
    const renewed = await requestRenewal(centre.url, key, identity);
    expect(renewed.certificate).not.toBe(identity.certificate);
    expect(centre.requests.at(-1)).toEqual({
      path: "/api/v1/renewals",
      body: { certificate: identity.certificate, csr: expect.stringContaining("BEGIN CERTIFICATE REQUEST") },
    });
  });
});
