import { createHash, X509Certificate } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { identify, renew, revokeSource } from "../../../collector/enrolment/certificates.ts";
import { approveEnrolment, refuseEnrolment } from "../../../collector/enrolment/decide.ts";
import { enrol } from "../../../collector/enrolment/enrolment.ts";
import { enqueue, listEnrolments, WAITING_MAX } from "../../../collector/enrolment/queue.ts";
import { createEnrolToken, revokeToken } from "../../../collector/enrolment/tokens.ts";
import type { EnrolmentGranted, EnrolmentRequest } from "../../../protocol/messages/enrolment.ts";
import { FINGERPRINT, openEnrolmentFixture, requestOf } from "../../support/enrolment-fixture.ts";
import { opensslRequest } from "../../support/openssl.ts";

/** Hardware ids that the fixture's machine has none of. */
const OTHER_MACHINE = ["00000000000000c1", "00000000000000c2"];
const DAY_MS = 24 * 60 * 60 * 1000;
let desk: Awaited<ReturnType<typeof openEnrolmentFixture>>;

beforeEach(async () => {
  desk = await openEnrolmentFixture();
});

async function siteToken(scope = { approves: true }): Promise<string> {
  const { token } = await createEnrolToken(desk.deps, { purpose: "enrol-site", label: "hall", scope });
  return token;
}

async function granted(request: EnrolmentRequest): Promise<EnrolmentGranted> {
  const outcome = await desk.enrol(request);
  if (outcome.state !== "granted") throw new Error(`not granted: ${outcome.state}`);
  return outcome;
}

async function waiting(request: EnrolmentRequest): Promise<string> {
  const outcome = await desk.enrol(request);
  if (outcome.state !== "waiting") throw new Error(`not waiting: ${outcome.state}`);
  return outcome.enrolment;
}

/** As the broker sees the bearer of a certificate. */
function identityOf({ certificate }: { certificate: string }) {
  const { subject, serialNumber, publicKey } = new X509Certificate(certificate);
  const commonName = /^CN=(.+)$/m.exec(subject)?.[1] ?? "";
  const keyHash = createHash("sha256")
    .update(publicKey.export({ format: "der", type: "spki" }))
    .digest("hex");
  return identify(desk.store, { commonName, serial: serialNumber.toLowerCase(), keyHash });
}

const setState = (name: string, state: "duplicate") =>
  desk.store.write((tx) => tx.updateTable("source").set({ state }).where("name", "=", name).execute());

describe("with a token that approves, a source", () => {
  test("has its certificate at once, and the decision is in the log", async () => {
    const { token } = await createEnrolToken(desk.deps, { purpose: "enrol-once", label: "room 3" });
    const answer = await granted(requestOf({ token, wanted: "pc-room-3" }));

    expect(answer).toEqual({
      state: "granted",
      source: "pc-room-3",
      site: "hall",
      certificate: expect.stringContaining("BEGIN CERTIFICATE"),
      ca: desk.authority.caPem,
      broker: "mqtts://centre.example:8883",
      expiresAt: new Date(Math.floor((desk.clock.now() + 90 * DAY_MS) / 1000) * 1000).toISOString(),
    });
    const body = { source: "pc-room-3", kind: "agent", hostname: "OFFICE-1", simulated: false, by: "token:1" };
    expect(await desk.decisions()).toEqual([{ kind: "source.enrolled", body }]);
    expect(await identityOf(answer)).toEqual({
      ok: true,
      source: "pc-room-3",
      site: "hall",
    });
  });

  test("that asks again with the same key gets the same certificate and is no second source", async () => {
    const request = requestOf({ token: await siteToken() });
    const first = await granted(request);
    expect(await granted(request)).toEqual(first);
    expect(await granted({ ...request, token: "wrong by now" })).toEqual(first);
    expect((await desk.decisions()).length).toBe(1);
  });

  test("whose answer was lost gets it again, though its one-time token is used", async () => {
    const { token } = await createEnrolToken(desk.deps, { purpose: "enrol-once", label: "room 3" });
    const request = requestOf({ token });
    expect(await granted(request)).toEqual(await granted(request));
    expect((await desk.decisions()).length).toBe(1);
  });

  test("that lost its key waits for an officer with its used one-time token, and is not refused for ever", async () => {
    const { id, token } = await createEnrolToken(desk.deps, { purpose: "enrol-once", label: "room 3" });
    await granted(requestOf({ token }));
    await waiting(requestOf({ token }));
    await revokeToken(desk.deps, id, ["enrol-once"]);
    await expect(desk.enrol(requestOf({ token }))).rejects.toMatchObject({ code: "token-refused" });
  });

  test("has a certificate of the life that the site chose", async () => {
    const deps = { ...desk.deps, certificateDays: 30 };
    const answer = await enrol(deps, requestOf({ token: await siteToken() }), { address: "10.0.0.7" });
    if (answer.state !== "granted") throw new Error("not granted");
    expect(Date.parse(answer.expiresAt)).toBeCloseTo(desk.clock.now() + 30 * DAY_MS, -4);
  });

  test("that asks twice at once is one source", async () => {
    const request = requestOf({ token: await siteToken() });
    const [one, other] = await Promise.all([granted(request), granted(request)]);
    expect(one.source).toBe(other.source);
    expect((await desk.decisions()).length).toBe(1);
  });

  test("gets another name when the wanted one is taken, or is the centre's", async () => {
    const token = await siteToken();
    await granted(requestOf({ token, wanted: "pc-1" }));
    expect((await granted(requestOf({ token, wanted: "pc-1" }))).source).toMatch(/^pc-[0-9a-f]{8}$/);
    expect((await granted(requestOf({ token, wanted: "centre" }))).source).toMatch(/^pc-[0-9a-f]{8}$/);
    expect((await granted(requestOf({ token, kind: "reader" }))).source).toMatch(/^reader-[0-9a-f]{8}$/);
  });
});

describe("a token is refused", () => {
  test.each([
    ["that nobody made", async () => "x".repeat(43)],
    ["once used by another machine, when it is for one source", () => used("enrol-once")],
    ["after its number of uses", () => used("enrol-site", { approves: true, usesLeft: 1 })],
    ["for another kind of source", () => made({ approves: true, kind: "reader" })],
    ["that was revoked", () => revoked()],
    ["that ran out", () => expired()],
  ])("%s", async (_what, token) => {
    const request = requestOf({ token: await token(), fingerprint: OTHER_MACHINE });
    await expect(desk.enrol(request)).rejects.toMatchObject({ code: "token-refused" });
  });

  async function made(scope: object, purpose: "enrol-once" | "enrol-site" = "enrol-site"): Promise<string> {
    return (await createEnrolToken(desk.deps, { purpose, label: "x", scope: scope as never })).token;
  }

  async function used(purpose: "enrol-once" | "enrol-site", scope: object = { approves: true }): Promise<string> {
    const token = await made(scope, purpose);
    await granted(requestOf({ token }));
    return token;
  }

  async function revoked(): Promise<string> {
    const { id, token } = await createEnrolToken(desk.deps, { purpose: "enrol-site", label: "x" });
    await revokeToken(desk.deps, id, ["enrol-site"]);
    return token;
  }

  async function expired(): Promise<string> {
    const { token } = await createEnrolToken(desk.deps, { purpose: "enrol-site", label: "x", days: 1 });
    await desk.clock.advance(DAY_MS);
    return token;
  }

  test("but one without an end lasts", async () => {
    const { token, expiresAt } = await createEnrolToken(desk.deps, { purpose: "enrol-site", label: "x", days: null });
    await desk.clock.advance(80 * DAY_MS);
    expect(expiresAt).toBeNull();
    await granted(requestOf({ token }));
  });
});

describe("without a token that approves, a source", () => {
  test("waits for an officer, and fetches its certificate by asking again", async () => {
    const request = requestOf({ token: await siteToken({ approves: false }) });
    const id = await waiting(request);
    expect(await waiting(request)).toBe(id);
    expect(await listEnrolments(desk.deps, { state: "waiting", limit: 10 })).toMatchObject([
      { id, hostname: "OFFICE-1", address: "10.0.0.7", source: null, decidedBy: null },
    ]);
    const { source } = await approveEnrolment(desk.deps, id, { by: "officer", name: "pc-desk-7", reason: "moved in" });
    expect(source).toBe("pc-desk-7");
    expect(await granted(request)).toMatchObject({ source: "pc-desk-7" });
    expect(await desk.decisions()).toMatchObject([
      { kind: "source.enrolled", body: { by: "officer", reason: "moved in" } },
    ]);
  });

  test("may be refused, and stays so with that key", async () => {
    const request = requestOf();
    const id = await waiting(request);
    await refuseEnrolment(desk.deps, id, { by: "officer", reason: "not one of ours" });
    await expect(desk.enrol(request)).rejects.toMatchObject({
      code: "enrolment-refused",
      message: "this enrolment was refused: not one of ours",
    });
    await expect(approveEnrolment(desk.deps, id, { by: "officer" })).rejects.toMatchObject({ code: "already-decided" });
    const again = refuseEnrolment(desk.deps, id, { by: "officer" });
    await expect(again).rejects.toMatchObject({ code: "already-decided" });
    const none = refuseEnrolment(desk.deps, "none", { by: "officer" });
    await expect(none).rejects.toMatchObject({ code: "unknown-enrolment" });
    const told = { by: "officer", reason: "not one of ours" };
    const body = { enrolment: id, kind: "agent", hostname: "OFFICE-1", ...told };
    expect(await desk.decisions()).toEqual([{ kind: "enrolment.refused", body }]);
    expect(await listEnrolments(desk.deps, { state: "refused", limit: 10 })).toMatchObject([
      { id, decidedBy: "officer", reason: "not one of ours" },
    ]);
  });

  test("has no secret of its kept: neither token nor key is in the database", async () => {
    const token = await siteToken({ approves: false });
    await waiting(requestOf({ token }));
    const rows = await desk.store.read.selectFrom("enrolment").selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  test("is refused while too many wait, and taken when old ones are forgotten", async () => {
    const request = requestOf();
    await enqueue(desk.deps, "key", request, "10.0.0.8", undefined);
    const first = await desk.store.read.selectFrom("enrolment").selectAll().executeTakeFirstOrThrow();
    for (let from = 1; from < WAITING_MAX; from += 50) {
      const rows = Array.from({ length: Math.min(50, WAITING_MAX - from) }, (_, n) => String(from + n));
      const values = rows.map((n) => ({ ...first, id: n, key_hash: n }));
      await desk.store.write((tx) => tx.insertInto("enrolment").values(values).execute());
    }
    await expect(desk.enrol(request)).rejects.toMatchObject({ code: "queue-full" });
    await granted(requestOf({ token: await siteToken() }));
    await desk.clock.advance(31 * DAY_MS);
    await waiting(request);
    expect(await listEnrolments(desk.deps, { state: "waiting", limit: 10 })).toHaveLength(1);
  });

  test("asks no faster than its address may", async () => {
    const broken = requestOf({ csr: "no request at all, but long enough to be looked at" });
    for (let n = 0; n < 200; n++) await expect(desk.enrol(broken)).rejects.toMatchObject({ code: "bad-request" });
    await expect(desk.enrol(broken)).rejects.toMatchObject({ code: "rate-limited" });
    await expect(desk.enrol(broken, "10.0.0.9")).rejects.toMatchObject({ code: "bad-request" });
    await granted(requestOf({ token: await siteToken() }));
    await desk.clock.advance(1000);
    await expect(desk.enrol(broken)).rejects.toMatchObject({ code: "bad-request" });
  });

  test("cannot use a key that another source holds: no two sources have one", async () => {
    const { csrPem } = opensslRequest("pc");
    const token = await siteToken();
    const first = await granted(requestOf({ token, csr: csrPem, wanted: "pc-1" }));
    expect((await granted(requestOf({ token, csr: csrPem, wanted: "pc-2" }))).source).toBe(first.source);
  });
});

describe("a key from another machine", () => {
  const csr = opensslRequest("pc").csrPem;
  beforeEach(async () => {
    await granted(requestOf({ csr, token: await siteToken() }));
  });

  test("is a copied disk and is refused", async () => {
    const fingerprint = ["00000000000000b1", "00000000000000b2", "00000000000000b3", FINGERPRINT[3] as string];
    await expect(desk.enrol(requestOf({ csr, fingerprint }))).rejects.toMatchObject({ code: "key-of-another-machine" });
  });

  test.each([
    ["a new network card and disk", ["00000000000000b1", "00000000000000b2", ...FINGERPRINT.slice(2)]],
    ["half of its ids unread", FINGERPRINT.slice(0, 2)],
    ["none of its ids read", []],
  ])("is not what a machine with %s is", async (_what, fingerprint) => {
    await granted(requestOf({ csr, fingerprint }));
  });
});

describe("renewal", () => {
  const { csrPem } = opensslRequest("pc");
  let first: EnrolmentGranted;
  beforeEach(async () => {
    first = await granted(requestOf({ csr: csrPem, token: await siteToken(), wanted: "pc-1" }));
  });

  const ask = (csr: string) => renew(desk.deps, { certificate: first.certificate, csr }, "centre.example");

  test("gives a later certificate for the same key and name; the old one serves until it ends", async () => {
    await desk.clock.advance(60 * DAY_MS);
    const second = await ask(csrPem);
    expect(Date.parse(second.expiresAt) - Date.parse(first.expiresAt)).toBe(60 * DAY_MS);
    for (const answer of [first, second]) expect(await identityOf(answer)).toMatchObject({ ok: true });
    expect(await granted(requestOf({ csr: csrPem })), "asking again gives the renewed one").toEqual(second);
  });

  test("wants the certificate's own key", async () => {
    await expect(ask(opensslRequest("pc").csrPem)).rejects.toMatchObject({ code: "bad-request" });
    await expect(renew(desk.deps, { certificate: "nonsense", csr: csrPem }, undefined)).rejects.toMatchObject({
      code: "bad-request",
    });
  });

  test("wants a certificate of this authority", async () => {
    const stranger = await openEnrolmentFixture();
    const { csrPem: csr } = opensslRequest("pc");
    const forged = await stranger.authority.issueClient(csr, "pc-1", "hall", 90);
    const attempt = renew(desk.deps, { certificate: forged.pem, csr }, undefined);
    await expect(attempt).rejects.toMatchObject({ code: "certificate-unknown" });
  });

  test("is refused after the end, after a revocation, and to a duplicate", async () => {
    await setState("pc-1", "duplicate");
    await expect(ask(csrPem)).rejects.toMatchObject({ code: "source-revoked" });
    await revokeSource(desk.deps, "pc-1", { by: "officer" }, desk.deps.disconnect);
    await expect(ask(csrPem)).rejects.toMatchObject({ code: "certificate-revoked" });
    await desk.clock.advance(91 * DAY_MS);
    await expect(ask(csrPem)).rejects.toMatchObject({ code: "certificate-expired" });
  });

  test("missed, a source that comes back after months asks again with its key", async () => {
    await desk.clock.advance(200 * DAY_MS);
    const late = await granted(requestOf({ csr: csrPem }));
    expect(late.source).toBe("pc-1");
    expect(Date.parse(late.expiresAt)).toBeGreaterThan(desk.clock.now() + 89 * DAY_MS);
  });
});

describe("revocation", () => {
  let answer: EnrolmentGranted;
  const request = requestOf({ wanted: "pc-1" });
  beforeEach(async () => {
    answer = await granted({ ...request, token: await siteToken() });
    await revokeSource(desk.deps, "pc-1", { by: "officer", reason: "stolen" }, desk.deps.disconnect);
  });

  test("cuts off at once, for good, and is in the log", async () => {
    expect(desk.cutOff).toEqual(["pc-1"]);
    expect(await identityOf(answer)).toEqual({ ok: false, code: "certificate-revoked" });
    expect((await desk.decisions()).at(-1)).toEqual({
      kind: "source.revoked",
      body: { source: "pc-1", by: "officer", reason: "stolen" },
    });
    await expect(desk.enrol(request)).rejects.toMatchObject({ code: "enrolment-refused" });
    const again = revokeSource(desk.deps, "pc-1", { by: "officer" }, desk.deps.disconnect);
    await expect(again).rejects.toMatchObject({ code: "already-revoked" });
  });

  test("is not undone by a new key and a token: the machine waits for an officer", async () => {
    const anew = requestOf({ token: await siteToken() });
    const id = await waiting(anew);
    expect(await approveEnrolment(desk.deps, id, { by: "officer" })).toEqual({ source: "pc-1" });
    const back = await granted(anew);
    expect(await identityOf(back)).toMatchObject({ ok: true, source: "pc-1" });
  });

  test("of nobody, and of the centre itself, is refused", async () => {
    for (const name of ["pc-none", "centre"]) {
      const attempt = revokeSource(desk.deps, name, { by: "officer" }, desk.deps.disconnect);
      await expect(attempt).rejects.toMatchObject({ code: "unknown-source" });
    }
  });
});

describe("a source that two machines claimed", () => {
  let answer: EnrolmentGranted;
  beforeEach(async () => {
    answer = await granted(requestOf({ token: await siteToken(), wanted: "pc-1" }));
    await setState("pc-1", "duplicate");
  });

  test("may still connect, to be told to enrol anew", async () => {
    expect(await identityOf(answer)).toMatchObject({ ok: true });
  });

  test("is itself again on its own machine, with a new key and a token; the copied certificate is no more", async () => {
    const back = await granted(requestOf({ token: await siteToken() }));
    expect(back.source).toBe("pc-1");
    expect(await identityOf(back)).toMatchObject({ ok: true, source: "pc-1" });
    expect(await identityOf(answer)).toMatchObject({ ok: false });
    expect(desk.cutOff).toEqual(["pc-1"]);
    const row = await desk.store.read
      .selectFrom("source")
      .select("state")
      .where("name", "=", "pc-1")
      .executeTakeFirst();
    expect(row?.state).toBe("enrolled");
  });

  test("and the other machine becomes a source of its own", async () => {
    const fingerprint = ["00000000000000b1", "00000000000000b2"];
    const other = await granted(requestOf({ token: await siteToken(), fingerprint, wanted: "pc-1" }));
    expect(other.source).not.toBe("pc-1");
  });
});

test("hardware ids alone never make a machine pass for a source that is enrolled", async () => {
  const token = await siteToken();
  await granted(requestOf({ token, wanted: "pc-1" }));
  const id = await waiting(requestOf({ wanted: "pc-1" }));
  expect((await approveEnrolment(desk.deps, id, { by: "officer" })).source).not.toBe("pc-1");
});

test("after the restore of a copy, a certificate renewed since is known by its key", async () => {
  const { csrPem } = opensslRequest("pc");
  await granted(requestOf({ csr: csrPem, token: await siteToken(), wanted: "pc-1" }));
  const later = await desk.authority.issueClient(csrPem, "pc-1", "hall", 90);
  expect(await identityOf({ certificate: later.pem })).toMatchObject({ ok: true });
  const strange = await desk.authority.issueClient(opensslRequest("pc").csrPem, "pc-1", "hall", 90);
  expect(await identityOf({ certificate: strange.pem })).toEqual({ ok: false, code: "certificate-unknown" });
  const another = await desk.authority.issueClient(csrPem, "pc-2", "hall", 90);
  expect(await identityOf({ certificate: another.pem })).toEqual({ ok: false, code: "certificate-unknown" });
});
