import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { encodeCertificateRequest } from "../../../protocol/uplink/certificate-request.ts";
import { type Identity, openKey, readIdentity } from "../../../protocol/uplink/identity.ts";
import { RENEW_CHECK_MS, Renewing, renewalTime } from "../../../protocol/uplink/renewing.ts";
import { openSmallCentre } from "../../support/small-centre.ts";
import { temporaryFolder } from "../../support/test-store.ts";
import { until } from "../../support/until.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const BROKER = "mqtts://127.0.0.1:8883";

async function world(days: number) {
  const centre = await openSmallCentre();
  const home = join(await temporaryFolder(), "source");
  const key = await openKey(home);
  const csr = encodeCertificateRequest(key, "pc-1");
  const granted = (await centre.grant(csr, "pc-1", BROKER, days)) as unknown as Identity;
  const state = { identity: { ...granted, machine: "00000000000000aa" } as Identity, renewed: 0 };
  const clock = new VirtualClock(Date.now());
  const renewing = new Renewing({
    home,
    centreUrl: centre.url,
    key,
    clock,
    log: SILENT_LOG,
    identity: () => state.identity,
    onRenewed: (identity) => {
      state.identity = identity;
      state.renewed++;
    },
  });
  const next = async () => {
    centre.answers = [{ status: 201, body: await centre.grant(csr, "pc-1", BROKER, days) }];
  };
  return { centre, home, clock, renewing, state, next };
}

describe("a certificate", () => {
  test("is due once two thirds of its own life are over, however long that is", async () => {
    for (const days of [3, 90]) {
      const { state, renewing } = await world(days);
      const due = renewalTime(state.identity.certificate) - Date.now();
      expect(Math.abs(due - (days * DAY_MS * 2) / 3)).toBeLessThan(RENEW_CHECK_MS);
      renewing.stop();
    }
  });

  test("is not renewed before, and is after; the new one is stored and keeps the machine", async () => {
    const { centre, home, clock, renewing, state, next } = await world(3);
    await next();
    await clock.advance(2 * DAY_MS - 2 * RENEW_CHECK_MS);
    expect(centre.requests).toEqual([]);
    await clock.advance(3 * RENEW_CHECK_MS);
    await until("the renewal", () => state.renewed === 1);
    expect(await readIdentity(home)).toEqual(state.identity);
    expect(state.identity.machine).toBe("00000000000000aa");
    renewing.stop();
  });

  test("that is damaged does not end the program when it is looked at", async () => {
    const { centre, clock, renewing, state } = await world(3);
    state.identity = { ...state.identity, certificate: "damaged" };
    await clock.advance(2 * RENEW_CHECK_MS);
    expect([centre.requests, clock.pendingTimers]).toEqual([[], 1]);
    await renewing.stop();
  });

  test("that could not be renewed is tried again an hour later", async () => {
    const { centre, clock, renewing, state, next } = await world(3);
    centre.answers = [{ status: 503, body: {} }];
    await clock.advance(2 * DAY_MS + RENEW_CHECK_MS);
    await until("the first request", () => centre.requests.length > 0);
    await next();
    await clock.advance(RENEW_CHECK_MS);
    await until("the renewal", () => state.renewed === 1);
    renewing.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
