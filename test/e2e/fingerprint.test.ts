import { afterAll, beforeAll, expect, test } from "vitest";
import { resolveAuthority } from "../../protocol/uplink/https.ts";
import { type Centre, openCentre } from "../support/centre-fixture.ts";

let centre: Centre;
beforeAll(async () => {
  centre = await openCentre();
});
afterAll(() => centre.close());

test("a source recognises the centre by the fingerprint of its authority, with or without colons", async () => {
  const { apiUrl, caFingerprint } = centre.collector;
  const colons = caFingerprint.toUpperCase().replace(/(..)(?=.)/g, "$1:");
  for (const pin of [caFingerprint, colons]) {
    expect(await resolveAuthority(new URL(apiUrl), { caFingerprint: pin })).toContain("BEGIN CERTIFICATE");
  }
});

test("and goes no further when the fingerprint is another, or when it is told nothing", async () => {
  const url = new URL(centre.collector.apiUrl);
  await expect(resolveAuthority(url, { caFingerprint: "0".repeat(64) })).rejects.toMatchObject({ code: "untrusted" });
  await expect(resolveAuthority(url, {})).rejects.toMatchObject({ code: "untrusted" });
});
