/** `--follow` of today's attendance: each half-day that becomes another, from one day into the next. */
import type { Notice } from "../attendance-desk/notices.ts";
import type { DayList } from "../attendance-desk/views.ts";
import type { AttendanceDayTable } from "../store/schema.ts";
import type { ApiClient } from "./api-client.ts";

export interface FollowOptions {
  unit?: string | undefined;
  json?: boolean | undefined;
  showList: (list: DayList) => Promise<void>;
  signal: AbortSignal;
  /** Where the event stream stood before the list was read. */
  since: number;
}

/** Shows what comes after `list`; a new day, or news that were missed, shows the list again. Ends when the signal is aborted. */
export async function followDay(api: ApiClient, list: DayList, options: FollowOptions): Promise<void> {
  let shown = new ShownDay(list);
  for await (const { event, data } of api.events(["attendance", "notice"], options.signal, options.since)) {
    if (event === "notice") say(data, noticeLine(data as ToldNotice), options);
    else if (event === "missed" || shown.isBefore(data as AttendanceDayTable)) {
      const next = await api.get<DayList>("/attendance/day", { unit: options.unit });
      shown = new ShownDay(next);
      await options.showList(next);
    } else if (shown.take(data as AttendanceDayTable, options.unit)) {
      say(data, changeLine(data as AttendanceDayTable), options);
    }
  }
}

type ToldNotice = Notice & { state: "open" | "resolved" };

function say(data: unknown, line: string, { json }: FollowOptions): void {
  console.log(json ? JSON.stringify(data) : line);
}

function changeLine({ unit, name, am, pm }: AttendanceDayTable): string {
  return `${unit}  ${name}  ${am}  ${pm}`;
}

function noticeLine({ state, message }: ToldNotice): string {
  return state === "open" ? `提醒：${message.zh}` : `已解决：${message.zh}`;
}

/** What is on the screen of a day: the list told everything, so only what differs from it is news. */
class ShownDay {
  readonly #date: string;
  readonly #statuses: Map<string, string>;

  constructor({ date, people }: DayList) {
    this.#date = date;
    this.#statuses = new Map(people.map(({ person, am, pm }) => [person, `${am.status}|${pm.status}`]));
  }

  isBefore({ date }: AttendanceDayTable): boolean {
    return date > this.#date;
  }

  /** Whether the row is news of this day and unit. */
  take({ person, date, unit, am, pm }: AttendanceDayTable, wanted: string | undefined): boolean {
    if (date !== this.#date || (wanted !== undefined && unit !== wanted)) return false;
    const statuses = `${am}|${pm}`;
    if (this.#statuses.get(person) === statuses) return false;
    this.#statuses.set(person, statuses);
    return true;
  }
}
