/** A desk on a real database under virtual time: decisions entered, punches and clocks told of as a reader's records. */
import { AttendanceDesk } from "../../collector/attendance-desk/desk.ts";
import { createCalendar } from "../../collector/calendar/calendar.ts";
import { DEFAULT_COMPLIANCE_SETTINGS } from "../../collector/compliance/settings.ts";
import { createProjector, type Projector } from "../../collector/projections/runner.ts";
import type { AttendanceDecision } from "../../collector/registry/attendance-decisions.ts";
import type { Decision } from "../../collector/registry/decisions.ts";
import type { Store } from "../../collector/store/port.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import { iso, READER, site, ZONE } from "./attendance-site.ts";
import { addSource, openTestStore } from "./test-store.ts";
import { VirtualClock } from "./virtual-clock.ts";

export interface PunchMade {
  user: string;
  /** As the clock showed it, `YYYY-MM-DD HH:mm:ss`. */
  at: string;
  clock?: string;
  doubt?: "before-installation" | "future" | "impossible";
}

export class DeskSite {
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly desk: AttendanceDesk;
  readonly projector: Projector;
  #number = 0;

  private constructor(clock: VirtualClock, store: Store) {
    this.clock = clock;
    this.store = store;
    const calendar = createCalendar();
    this.desk = new AttendanceDesk({ store, zone: ZONE, calendar, now: () => clock.now() });
    const settings = DEFAULT_COMPLIANCE_SETTINGS;
    this.projector = createProjector({ store, clock, log: SILENT_LOG, settings, calendar });
  }

  /** At `start`, `YYYY-MM-DD HH:mm:ss`, with these rows of the centre. */
  static async open(start: string, ...decisions: Decision[]): Promise<DeskSite> {
    const clock = new VirtualClock(site(start));
    const store = await openTestStore({ clock });
    await addSource(store, READER, "reader");
    const opened = new DeskSite(clock, store);
    await opened.enter(...decisions);
    return opened;
  }

  async enter(...decisions: Decision[]): Promise<void> {
    await this.store.appendDecisions(decisions);
    await this.projector.catchUp();
  }

  async travel(to: string): Promise<void> {
    await this.clock.advance(site(to) - this.clock.now());
  }

  /** Commits the punches now, as one batch. */
  async punch(...made: PunchMade[]): Promise<void> {
    await this.#commit(
      made.map(({ user, at, clock = "C1", doubt }) => ({
        kind: "punch",
        at: site(at),
        body: {
          clock,
          device: 1,
          user,
          deviceTime: at.replace(" ", "T"),
          offsetMs: 0,
          readAt: new Date(this.clock.now()).toISOString(),
          verification: ["finger"],
          type: 0,
          workCode: 0,
          ordinal: 0,
          via: "live",
          raw: "00",
          ...(doubt && { doubt }),
        },
      })),
    );
  }

  /** What the reader tells of a clock on its line, now. */
  async tell(clock: string, event: "online" | "state" | "lost"): Promise<void> {
    const body = { event, clock, device: 1, family: "tcb", port: `COM-${clock}` };
    await this.#commit([{ kind: "clock", at: this.clock.now(), body }]);
  }

  /** The reader is there, or not, as the centre believes from now on. */
  async believe(state: "online" | "lost"): Promise<void> {
    const { id } = await this.store.read
      .selectFrom("source")
      .select("id")
      .where("name", "=", READER)
      .executeTakeFirstOrThrow();
    const row = { source_id: id, state, session: "00000000000000aa", session_at: 0, changed_at: this.clock.now() };
    await this.store.write((tx) => tx.replaceInto("presence").values(row).execute());
  }

  async #commit(made: { kind: string; at: number; body: object }[]): Promise<void> {
    const first = this.#number + 1;
    this.#number += made.length;
    await this.store.commitGroups([
      {
        source: READER,
        site: "hall",
        epoch: "00000000000000aa",
        expected: first - 1,
        first,
        count: made.length,
        receivedAt: this.clock.now(),
        address: null,
        offsetMs: null,
        records: made.map(({ body, ...rest }, index) => ({ seq: first + index, ...rest, body: JSON.stringify(body) })),
        quarantined: [],
      },
    ]);
    await this.projector.catchUp();
  }
}

/** A date on which the counting of attendance began. */
export function started(date: string): AttendanceDecision {
  return { kind: "attendance.started", body: { date, by: "test" } };
}

/** An application for one half-day or more, applied for at `appliedAt`. */
export function requested(
  id: string,
  person: string,
  days: { type: "sick" | "official"; from: string; to: string; appliedAt: string },
): AttendanceDecision {
  const { type, from, to, appliedAt } = days;
  const halves = { fromDate: from, fromHalf: "am" as const, toDate: to, toHalf: "pm" as const };
  return {
    kind: "attendance.requested",
    body: { id, person, type, ...halves, appliedAt: iso(appliedAt), by: "test" },
  };
}
