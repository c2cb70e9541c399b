import { expect, test } from "vitest";
import { type Measurement, proposeTime } from "../../../collector/registry/proposed-time.ts";

const HOUR_MS = 60 * 60 * 1000;
const now = Date.parse("2026-11-24T00:58:00Z");
const shownAt = Date.parse("1999-12-31T16:02:30Z");
/** The clock lost its time two and a half minutes before. */
const offsetMs = Date.parse("1999-12-31T16:00:00Z") - (now - 150_000);

const right: Measurement = { record: 10, at: now - HOUR_MS, offsetMs: 300 };
const wrong: Measurement = { record: 20, at: now + 20_000, offsetMs };

test.each(["live", "log"] as const)("the time shown is corrected by the error that is measured next (%s)", (via) => {
  const proposed = proposeTime({ id: 15, shownAt, readAt: now + 200, via }, [right, wrong]);
  expect(proposed).toEqual({ at: now, basis: "offset", measured: 20 });
});

test("a punch from the log may have been read after the clock was set right again", () => {
  const set: Measurement = { record: 30, at: now + HOUR_MS, offsetMs: 20 };
  const read = { id: 40, shownAt, readAt: now + 2 * HOUR_MS, via: "log" as const };
  expect(proposeTime(read, [right, wrong, set])).toEqual({ at: now, basis: "offset", measured: 20 });
});

test("of a clock that lost its time twice, each punch has the error that was measured after it", () => {
  const later = now + 3 * HOUR_MS;
  const again: Measurement = { record: 50, at: later + 10_000, offsetMs: shownAt - later };
  const measurements = [right, wrong, { record: 30, at: now + HOUR_MS, offsetMs: 0 }, again];
  const read = { id: 60, shownAt, readAt: later + 20_000, via: "log" as const };
  expect(proposeTime({ ...read, readAt: now + 30_000 }, measurements)).toMatchObject({ at: now, measured: 20 });
  expect(proposeTime({ ...read, shownAt: shownAt + 1_000 }, measurements)).toMatchObject({
    at: later + 1_000,
    measured: 50,
  });
});

test("a push that no measurement explains was made when it arrived", () => {
  const push = { id: 15, shownAt, readAt: now + 200, via: "live" as const };
  const received = { at: now + 200, basis: "received", measured: null };
  expect(proposeTime(push, [])).toEqual(received);
  expect(proposeTime(push, [right])).toEqual(received);
  expect(proposeTime({ ...push, shownAt: undefined }, [right, wrong])).toEqual(received);
  // It would have been made an hour before it was pushed.
  expect(proposeTime(push, [{ ...wrong, offsetMs: offsetMs + HOUR_MS }])).toEqual(received);
});

test("of a punch from the log nothing is said when no measurement explains it, or no calendar has its date", () => {
  const read = { id: 15, shownAt, readAt: now + 200, via: "log" as const };
  expect(proposeTime(read, [right])).toBeUndefined();
  expect(proposeTime({ ...read, shownAt: undefined }, [right, wrong])).toBeUndefined();
});
