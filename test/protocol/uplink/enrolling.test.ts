import { expect, onTestFinished, test } from "vitest";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { startEnrolling } from "../../../protocol/uplink/enrolling.ts";
import { openKey } from "../../../protocol/uplink/identity.ts";
import type { SourceOptions } from "../../../protocol/uplink/source.ts";
import { openSmallCentre } from "../../support/small-centre.ts";
import { temporaryFolder } from "../../support/test-store.ts";
import { until } from "../../support/until.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

test("a source that an officer must approve says so, once for as long as it waits", async () => {
  const centre = await openSmallCentre();
  const home = await temporaryFolder();
  const options: SourceOptions = {
    home,
    kind: "agent",
    centre: { url: centre.url, caFile: centre.caFile },
    machine: "00000000000000aa",
    fingerprint: ["00000000000000a1"],
    hostname: "OFFICE-1",
    version: "1.0.0",
  };
  const waiting = { status: 202, body: { state: "waiting", enrolment: "e-1", retryAfterSeconds: 30 } };
  const refusal = { status: 500, body: {} };
  centre.answers = [waiting, waiting, refusal, waiting];
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const states: string[] = [];
  const stop = startEnrolling(options, await openKey(home), {
    clock,
    random: seededRandom(1),
    log: { ...SILENT_LOG, warn: (_fields, message = "") => void warnings.push(message) },
    onState: ({ state }) => void states.push(state),
    onGranted: () => {},
  });
  onTestFinished(stop);
  for (let answers = 1; answers <= 4; answers++) {
    await until("an answer", () => states.length === answers);
    await clock.advance(30_000);
  }
  expect(states).toEqual(["waiting", "waiting", "refused", "waiting"]);
  expect(warnings).toEqual([
    "not enrolled until an officer approves",
    "enrolment failed",
    "not enrolled until an officer approves",
  ]);
});
