/** Whatever comes in whatever order, what was kept up with it is what is computed from the whole log at once. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { AttendanceDesk } from "../../../collector/attendance-desk/desk.ts";
import { AttendanceLive, LIVE_DAYS } from "../../../collector/attendance-desk/live.ts";
import { createCalendar } from "../../../collector/calendar/calendar.ts";
import type { AttendanceDecision } from "../../../collector/registry/attendance-decisions.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { DeskSite, started } from "../../support/attendance-desk.ts";
import { register, ZONE } from "../../support/attendance-site.ts";

const RUNS = 12;
const HOUR_MS = 3_600_000;
const PEOPLE = ["0012", "0013"] as const;

const day = fc.integer({ min: 2, max: 11 }).map((date) => `2026-03-${String(date).padStart(2, "0")}`);
const half = fc.constantFrom("am" as const, "pm" as const);
const person = fc.constantFrom(...PEOPLE);
const time = fc.integer({ min: 0, max: 86_399 }).map((seconds) => new Date(seconds * 1000).toISOString().slice(11, 19));

const punches = fc.record({
  step: fc.constant("punch" as const),
  made: fc.array(
    fc.record({ user: fc.constantFrom("12", "13", "99"), at: fc.tuple(day, time).map((both) => both.join(" ")) }),
    { minLength: 1, maxLength: 4 },
  ),
});
const pass = fc.record({ step: fc.constant("pass" as const), hours: fc.integer({ min: 1, max: 40 }) });
const decision: fc.Arbitrary<AttendanceDecision> = fc.oneof(
  fc.tuple(day, fc.constantFrom("workday" as const, "restday" as const)).map(
    ([date, type]): AttendanceDecision => ({
      kind: "calendar.day",
      body: { date, type, source: "notice", by: "test" },
    }),
  ),
  fc.tuple(fc.constantFrom("E1", "E2"), person, day, half, time).map(
    ([id, whose, date, of, actualTime]): AttendanceDecision => ({
      kind: "attendance.explained",
      body: { id, person: whose, date, half: of, actualTime, by: "test" },
    }),
  ),
  fc.tuple(fc.constantFrom("E1", "E2"), day).map(
    ([explanation, date]): AttendanceDecision => ({
      kind: "attendance.explanation-decided",
      body: { explanation, result: "confirmed", confirmedBy: "B1", at: `${date}T08:00:00.000Z`, by: "test" },
    }),
  ),
  fc.tuple(person, fc.constantFrom("12", "13", "14")).map(([whose, user]) => register(whose, "张㛃", user)),
);
const decide = fc.record({ step: fc.constant("decide" as const), decision });
const history = fc.array(fc.oneof({ weight: 3, arbitrary: punches }, pass, decide), { minLength: 5, maxLength: 25 });

type Steps = typeof history extends fc.Arbitrary<infer Generated> ? Generated : never;

const newDesk = ({ store, clock }: DeskSite) =>
  new AttendanceDesk({ store, zone: ZONE, calendar: createCalendar(), now: () => clock.now() });

const newLive = (centre: DeskSite) => {
  const { store, clock } = centre;
  return new AttendanceLive({ store, desk: newDesk(centre), clock, log: SILENT_LOG, tell: () => {} });
};

const table = ({ store }: DeskSite) =>
  store.read.selectFrom("attendance_day").selectAll().orderBy("date").orderBy("person").execute();

async function play(centre: DeskSite, live: AttendanceLive, steps: Steps): Promise<void> {
  for (const one of steps) {
    if (one.step === "pass") await centre.clock.advance(one.hours * HOUR_MS);
    else if (one.step === "punch") await centre.punch(...one.made);
    else {
      await centre.enter(one.decision);
      // The wake on a commit is nobody's promise: a look at what is committed is.
      await live.follow();
    }
    await live.idle();
  }
}

test("kept up, filled anew, and after a rebuild of the projections, the days of attendance are the same", async () => {
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const people = [register("0012", "张㛃", "12"), register("0013", "李䶮", "13")];
      const centre = await DeskSite.open("2026-03-02 07:00:00", started("2026-03-02"), ...people);
      const live = newLive(centre);
      const stopOffering = centre.projector.onChange((changes) => live.offer(changes));
      await live.start();
      await play(centre, live, steps);
      await live.stop();
      stopOffering();
      const kept = await table(centre);

      await centre.projector.rebuild();
      await centre.store.write((tx) => tx.deleteFrom("attendance_day").execute());
      const anew = newLive(centre);
      await anew.start();
      await anew.stop();
      const oldest = kept.at(-1)?.date ?? "";
      const isKept = ({ date }: { date: string }) => Date.parse(oldest) - Date.parse(date) < LIVE_DAYS * 24 * HOUR_MS;
      expect(kept.filter(isKept)).toEqual(await table(centre));
    }),
    // Shrinking takes longer than a test may, and then nobody sees the seed.
    { numRuns: RUNS, endOnFailure: true },
  );
}, 120_000);
