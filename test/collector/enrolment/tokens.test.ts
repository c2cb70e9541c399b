import { beforeEach, expect, test } from "vitest";
import {
  createApiToken,
  createEnrolToken,
  listTokens,
  revokeToken,
  verifyApiToken,
  verifyEnrolToken,
} from "../../../collector/enrolment/tokens.ts";
import type { Store } from "../../../collector/store/port.ts";
import { openTestStore } from "../../support/test-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
let store: Store;
let clock: VirtualClock;

beforeEach(async () => {
  clock = new VirtualClock();
  store = await openTestStore({ clock });
});

const deps = () => ({ store, clock });

test("a token is shown once and nowhere kept", async () => {
  const { id, token } = await createApiToken(deps(), { label: "monitoring", scopes: ["read"], days: 365 });
  expect(token).toMatch(/^[\w-]{43}$/);
  const everything = await store.read.selectFrom("token").selectAll().execute();
  expect(JSON.stringify([everything, await listTokens(deps(), ["api"])])).not.toContain(token);
  expect(await listTokens(deps(), ["api"])).toEqual([
    {
      id,
      purpose: "api",
      label: "monitoring",
      scope: ["read"],
      createdAt: clock.now(),
      expiresAt: clock.now() + 365 * DAY_MS,
      usedAt: null,
      revokedAt: null,
    },
  ]);
});

test("an API token is good until it expires or is revoked", async () => {
  const [lasting, short] = [
    await createApiToken(deps(), { label: "lasting", scopes: ["read", "write"], days: null }),
    await createApiToken(deps(), { label: "short", scopes: ["read"], days: 1 }),
  ];
  const identity = { id: lasting.id, label: "lasting", scopes: ["read", "write"] };
  expect(await verifyApiToken(deps(), lasting.token)).toEqual(identity);
  expect(await verifyApiToken(deps(), short.token)).toMatchObject({ label: "short" });
  await clock.advance(DAY_MS);
  expect(await verifyApiToken(deps(), short.token)).toBeUndefined();
  expect(await verifyApiToken(deps(), lasting.token)).toEqual(identity);
  await revokeToken(deps(), lasting.id, ["api"]);
  await revokeToken(deps(), lasting.id, ["api"]);
  expect(await verifyApiToken(deps(), lasting.token)).toBeUndefined();
  await expect(revokeToken(deps(), 99, ["api"])).rejects.toMatchObject({ code: "unknown-token" });
});

test("a token for one purpose is none for the other", async () => {
  const api = await createApiToken(deps(), { label: "x", scopes: ["admin"], days: null });
  const site = await createEnrolToken(deps(), { purpose: "enrol-site", label: "x" });
  expect(await verifyEnrolToken(deps(), api.token)).toBeUndefined();
  expect(await verifyApiToken(deps(), site.token)).toBeUndefined();
  expect(await verifyApiToken(deps(), "")).toBeUndefined();
});
