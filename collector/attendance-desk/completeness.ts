/**
 * Up to when the punches are complete: clock by clock, from what readers tell of their clocks and from the readers' own
 * presence, never from punches, and never from somebody's hand. It never claims more than is known.
 */
import { type ClockProgress, HEARTBEAT_MS_MAX, isBehind } from "../projections/clock-progress.ts";

/**
 * A reader whose connection died without a word is believed lost after so long at the most: one and a half keepalives, and the
 * wait for its return. So a clock that is in order is complete up to so long ago.
 */
export const READER_LOSS_UNNOTICED_MS = 9 * 60_000;
/** A reader meets its clocks before it meets the centre, and tells of them then; what is older says nothing about now. */
const SESSION_LEAD_MS_MAX = 10 * 60_000;

/** Why a clock is complete to no later moment. */
export const HELD_BACK = ["clock-lost", "log-unread", "reader-away", "unheard"] as const;
export type HeldBack = (typeof HELD_BACK)[number];

/** Instants are ms UTC. */
export interface ClockFacts {
  clock: string;
  /** Of the reader, where on the line: another clock in the same place has taken this one's. */
  place: string;
  state: "online" | "lost";
  stateAt: number;
  progress: ClockProgress;
  lastPunchAt: number | null;
  /** What the centre believes of its reader; undefined: it never came. */
  reader: { state: "online" | "stopping" | "lost"; changedAt: number } | undefined;
}

export interface Watch {
  now: number;
  /** Everything committed before it is projected. */
  projectedTo: number;
  /** Spans in which the centre itself did not listen. */
  deaf: readonly { from: number; to: number }[];
}

export interface ClockCompleteness {
  clock: string;
  /** Null: nothing is known. */
  completeTo: number | null;
  heldBack: { cause: HeldBack; since: number } | null;
}

export interface Completeness {
  /** The least of all clocks; null: there is none, or nothing is known of one. */
  completeTo: number | null;
  /** The least of the clocks that nothing holds back. */
  othersTo: number | null;
  clocks: ClockCompleteness[];
}

/** Of the clocks in service, in the order given. */
export function completenessOf(clocks: readonly ClockFacts[], watch: Watch): Completeness {
  const judged = clocks.filter((clock) => !isReplaced(clock, clocks)).map((clock) => judgeClock(clock, watch));
  const others = judged.filter(({ heldBack }) => heldBack === null);
  return { completeTo: leastOf(judged), othersTo: leastOf(others), clocks: judged };
}

function leastOf(clocks: readonly ClockCompleteness[]): number | null {
  const [first, ...rest] = clocks.map(({ completeTo }) => completeTo);
  if (first === undefined) return null;
  return rest.reduce((least, next) => (least === null || next === null ? null : Math.min(least, next)), first);
}

function isReplaced({ clock, place, progress }: ClockFacts, clocks: readonly ClockFacts[]): boolean {
  return clocks.some(
    (other) =>
      other.clock !== clock && other.place === place && (other.progress.heardAt ?? 0) > (progress.heardAt ?? 0),
  );
}

function judgeClock(facts: ClockFacts, watch: Watch): ClockCompleteness {
  const { clock, progress } = facts;
  const heldBack = holdOf(facts, watch.now);
  const known = knownTo(facts, heldBack?.cause, watch);
  const completeTo = known === null ? null : Math.min(Math.max(known, progress.readTo ?? 0), watch.projectedTo);
  return { clock, completeTo, heldBack };
}

function holdOf(facts: ClockFacts, now: number): ClockCompleteness["heldBack"] {
  const { state, stateAt, progress, reader } = facts;
  if (state === "lost") return { cause: "clock-lost", since: stateAt };
  if (isBehind(progress, now)) return { cause: "log-unread", since: progress.behind?.since ?? stateAt };
  if (reader?.state !== "online") return { cause: "reader-away", since: reader?.changedAt ?? stateAt };
  const heardAt = Math.max(progress.heardAt ?? 0, Math.min(facts.lastPunchAt ?? 0, now));
  const isHeard = heardAt >= now - HEARTBEAT_MS_MAX && heardAt >= reader.changedAt - SESSION_LEAD_MS_MAX;
  return isHeard ? null : { cause: "unheard", since: heardAt === 0 ? stateAt : heardAt };
}

/** What follows from the presence of the reader; null: no more than what was read. */
function knownTo({ progress, reader }: ClockFacts, cause: HeldBack | undefined, { now, deaf }: Watch): number | null {
  if (cause === undefined) return heardUntil(now - READER_LOSS_UNNOTICED_MS, deaf);
  if (cause === "reader-away" && reader && isRecent(progress, reader.changedAt))
    return heardUntil(reader.changedAt - READER_LOSS_UNNOTICED_MS, deaf);
  return progress.readTo;
}

function isRecent({ heardAt }: ClockProgress, at: number): boolean {
  return heardAt !== null && at - heardAt <= HEARTBEAT_MS_MAX;
}

/** What lies in an absence of the centre was heard up to its beginning. */
function heardUntil(at: number, deaf: Watch["deaf"]): number {
  return deaf.find(({ from, to }) => from <= at && at < to)?.from ?? at;
}
