import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FAILURES_MAX } from "../../../collector/console/auth.ts";
import { type Centre, openCentre } from "../../support/centre-fixture.ts";
import { opensslRequest } from "../../support/openssl.ts";
import { until } from "../../support/until.ts";

let centre: Centre;
beforeAll(async () => {
  centre = await openCentre();
});
afterAll(() => centre.close());

const enrolBody = (token: string | undefined, name: string, id: string) => ({
  ...(token === undefined ? {} : { token }),
  csr: opensslRequest(name).csrPem,
  kind: "agent",
  fingerprint: [id],
  hostname: name,
  agent: "test/1",
});

describe("the HTTP interface", () => {
  test("tells its health to anybody and its metrics to this machine, and nothing else without a token", async () => {
    expect(JSON.parse((await centre.raw("/healthz")).body)).toEqual({ status: "ok", troubles: [] });
    const metrics = await centre.raw("/metrics");
    expect(metrics.body).toMatch(/^dianmao_intake_batches 0$/m);
    const refused = await centre.raw("/api/v1/machines");
    expect(refused.status).toBe(401);
    expect(refused.headers["content-type"]).toContain("application/problem+json");
    expect(JSON.parse(refused.body)).toMatchObject({ status: 401, code: "unauthorised" });
  });

  test("publishes an OpenAPI description with every resource", async () => {
    const openapi = JSON.parse((await centre.raw("/api/v1/openapi.json")).body);
    expect(openapi.openapi).toMatch(/^3\./);
    const paths = Object.keys(openapi.paths);
    for (const resource of [
      "machines",
      "findings",
      "alerts",
      "punches",
      "clocks",
      "sources",
      "quarantine",
      "postures",
      "gaps",
      "pcs",
      "ip-grants",
      "events",
      "enrolments",
    ]) {
      expect(
        paths.some((path) => path.startsWith(`/api/v1/${resource}`)),
        resource,
      ).toBe(true);
    }
  });

  test.each([
    ["a read token may not write", ["read"], "/pcs/pc-1/approve", "forbidden"],
    ["a write token may not make tokens", ["write"], "/tokens", "forbidden"],
    ["a write token may not have everything computed anew", ["write"], "/rebuild", "forbidden"],
    ["an enrol token may not decide on PCs", ["enrol"], "/pcs/pc-1/approve", "forbidden"],
  ])("%s", async (_what, scopes, path, code) => {
    const client = await centre.client(...scopes);
    await expect(client.post(path, { label: "x", scopes: ["read"] })).rejects.toMatchObject({ code });
  });

  test("lets a write token read, and a revoked token nothing", async () => {
    const client = await centre.client("write");
    await expect(client.get("/machines")).resolves.toMatchObject({ items: [] });
    const { items } = await centre.admin.get<{ items: { id: number; label: string }[] }>("/tokens");
    const own = items.find(({ label }) => label === "write");
    await centre.admin.post(`/tokens/${own?.id}/revoke`);
    await expect(client.get("/machines")).rejects.toMatchObject({ code: "unauthorised" });
  });

  test("lets an enrol token revoke those for enrolling, and none of the interface", async () => {
    const client = await centre.client("enrol");
    const { id } = await client.post<{ id: number }>("/enrolment-tokens", { label: "one" });
    await expect(client.post(`/enrolment-tokens/${id}/revoke`)).resolves.toEqual({});
    const { items } = await centre.admin.get<{ items: { id: number }[] }>("/tokens");
    for (const own of items)
      await expect(client.post(`/enrolment-tokens/${own.id}/revoke`)).rejects.toMatchObject({ code: "unknown-token" });
  });

  test("never shows a token again", async () => {
    const made = await centre.admin.post<{ token: string }>("/tokens", { label: "secret", scopes: ["read"] });
    const listed = await centre.admin.get("/tokens");
    expect(JSON.stringify(listed)).not.toContain(made.token);
  });

  test.each([
    ["a limit beyond the most", "/machines?limit=1001"],
    ["a cursor that was not given out", "/machines?cursor=%2F%2F"],
    ["an unknown state", "/findings?state=perhaps"],
    ["a date that is none", "/attendance/day?date=2026-02-30"],
  ])("refuses %s with a problem that says where", async (_what, path) => {
    await expect(centre.admin.get(path)).rejects.toMatchObject({ code: expect.stringMatching(/^bad-/) });
  });

  test("refuses a body that is no JSON, and one that is too large, without falling over", async () => {
    const token = "x".repeat(10);
    expect((await centre.raw("/api/v1/enrolments", { method: "POST", body: "{", token })).status).toBe(400);
    expect(
      (await centre.raw("/api/v1/enrolments", { method: "POST", body: JSON.stringify({ csr: "x".repeat(20_000) }) }))
        .status,
    ).toBe(413);
    expect((await centre.raw("/healthz")).status).toBe(200);
  });
});

describe("enrolment over HTTPS", () => {
  test("with a one-time token grants at once, once; the same key may ask again", async () => {
    const { token } = await centre.admin.post<{ token: string }>("/enrolment-tokens", { label: "one" });
    const body = enrolBody(token, "office-1", "00000000000000a1");
    const first = await centre.raw("/api/v1/enrolments", { method: "POST", body: JSON.stringify(body) });
    expect(first.status).toBe(201);
    const granted = JSON.parse(first.body);
    expect(granted).toMatchObject({
      state: "granted",
      site: "site",
      source: expect.stringMatching(/^pc-[0-9a-f]{8}$/),
    });

    const again = await centre.raw("/api/v1/enrolments", { method: "POST", body: JSON.stringify(body) });
    expect(JSON.parse(again.body).source).toBe(granted.source);
    const other = enrolBody(token, "office-2", "00000000000000a2");
    expect((await centre.raw("/api/v1/enrolments", { method: "POST", body: JSON.stringify(other) })).status).toBe(401);
  });

  test("without a token waits for an officer, who approves", async () => {
    const body = JSON.stringify(enrolBody(undefined, "office-3", "00000000000000a3"));
    const waiting = await centre.raw("/api/v1/enrolments", { method: "POST", body });
    expect(waiting.status).toBe(202);
    const { enrolment } = JSON.parse(waiting.body);
    const { source } = await centre.admin.post<{ source: string }>(`/enrolments/${enrolment}/approve`);
    const granted = await centre.raw("/api/v1/enrolments", { method: "POST", body });
    expect([granted.status, JSON.parse(granted.body).source]).toEqual([201, source]);

    // The decision is committed; the register follows a moment later.
    const stateOf = async () => {
      const { items } = await centre.admin.get<{ items: { source: string; state: string }[] }>("/pcs");
      return items.find((pc) => pc.source === source)?.state;
    };
    for (let tries = 0; tries < 100 && (await stateOf()) === undefined; tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await stateOf()).toBe("pending");
  });
});

test("an address is granted from today at the site, unless another day is said", async () => {
  const { token } = await centre.admin.post<{ token: string }>("/enrolment-tokens", { label: "grant" });
  const body = JSON.stringify(enrolBody(token, "office-5", "00000000000000a5"));
  const { source } = JSON.parse((await centre.raw("/api/v1/enrolments", { method: "POST", body })).body);
  const days = [siteDate()];
  await centre.admin.post("/ip-grants", { source, address: "10.1.2.3", reference: "1" });
  days.push(siteDate());
  const { items } = await centre.admin.get<{ items: { from: string }[] }>(`/ip-grants?source=${source}`);
  expect(days).toContain(items[0]?.from);
});

test("the day's attendance is that of today at the site, unless another day is said", async () => {
  const days = [siteDate()];
  const { date } = await centre.admin.get<{ date: string }>("/attendance/day");
  days.push(siteDate());
  expect(days).toContain(date);
});

test.each(["/pcs", "/ip-grants"])("the last page of %s is known as the last, however full", async (path) => {
  type Answer = { items: unknown[]; next: string | null };
  const all = await centre.admin.get<Answer>(path, { limit: 1000 });
  const full = await centre.admin.get<Answer>(path, { limit: all.items.length });
  expect(full).toEqual({ items: all.items, next: null });
  const first = await centre.admin.get<Answer>(path, { limit: 1 });
  expect(first.next === null).toBe(all.items.length === 1);
});

/** Eight hours ahead of UTC all the year. */
const siteDate = () => new Date(Date.now() + 8 * 60 * 60 * 1000).toISOString().slice(0, 10);

test("everything is computed anew while the collector runs, to the same lists", async () => {
  const lists = () => Promise.all(["/machines", "/findings", "/pcs"].map((path) => centre.admin.get(path)));
  const before = await lists();
  await centre.admin.post("/rebuild");
  const state = async () => (await centre.admin.get<{ state: string }>("/rebuild")).state;
  await expect.poll(state).toBe("done");
  expect(await lists()).toEqual(before);
  expect((before[2] as { items: unknown[] }).items).not.toEqual([]);
});

describe("the event stream", () => {
  test("sends what is new as it is, resumes behind the last event, and keeps to the types asked for", async () => {
    const abort = new AbortController();
    const seen: { event: string; data: unknown }[] = [];
    const since = await centre.admin.position();
    const { token } = await centre.admin.post<{ token: string }>("/enrolment-tokens", { label: "stream" });
    const body = JSON.stringify(enrolBody(token, "office-4", "00000000000000a4"));
    const { source } = JSON.parse((await centre.raw("/api/v1/enrolments", { method: "POST", body })).body);
    // Asked for only now, it begins where it stood: nothing between is missed.
    const listening = (async () => {
      const types = ["source", "machine", "finding"];
      for await (const event of centre.admin.events(types, abort.signal, since)) seen.push(event);
    })();
    await until("the new source", () => seen.some(({ data }) => JSON.stringify(data).includes(source)));
    abort.abort();
    await listening;
    expect(seen.map(({ event }) => event)).toContain("source");
    expect(seen.every(({ event }) => ["source", "machine", "finding"].includes(event))).toBe(true);
  });
});

test("an address that guesses tokens is made to wait", async () => {
  for (let attempt = 0; attempt < FAILURES_MAX; attempt++)
    await centre.raw("/api/v1/machines", { token: `guess-${attempt}` });
  expect((await centre.raw("/api/v1/machines", { token: "guess" })).status).toBe(429);
  // From the same address: a neighbour locks nobody out.
  await expect(centre.admin.get("/machines")).resolves.toMatchObject({ next: null });
});
