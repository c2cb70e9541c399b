/** Reports power events once each: boots and shutdowns from the log at a start, sleep and waking as they are noticed. */
import type { Log } from "../../protocol/log.ts";
import type { ContractRecord } from "../../protocol/messages/records.ts";
import type { Clock } from "../../protocol/time.ts";
import type { Os } from "../os/os.ts";
import type { PowerEvent } from "../probes/power/windows-events.ts";
import type { StateFile } from "../state.ts";
import { readNewPowerEvents } from "./read-power-events.ts";
import { watchSleep } from "./sleep-watch.ts";

export interface PowerReportingDeps {
  clock: Clock;
  log: Log;
  os: Os;
  uptimeSeconds: () => number;
  file: StateFile;
  put: (record: ContractRecord) => Promise<void>;
}

export interface PowerReporting {
  /** Reads the log from the bookmark on; the bookmark moves only once everything before it is in the journal. */
  catchUp(): Promise<void>;
  stop(): void;
}

export function startPowerReporting({ clock, log, os, uptimeSeconds, file, put }: PowerReportingDeps): PowerReporting {
  let reading: Promise<void> | undefined;

  async function putAll(records: readonly PowerEvent[]): Promise<void> {
    await Promise.all(records.map(({ at, body }) => put({ kind: "power", at, body })));
  }

  async function read(): Promise<void> {
    const found = await readNewPowerEvents(os, file.state.power);
    if (!found.ok) {
      log.warn({ reason: found.reason, detail: found.detail }, "the log of boots and shutdowns cannot be read");
      return;
    }
    await putAll(found.records);
    file.state.power = found.bookmark;
    await file.save();
  }

  const catchUp = () => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  // On Windows the event log holds sleep as well, so there the log is read on.
  const report = (records: PowerEvent[]) => (os.family === "windows" ? catchUp() : putAll(records));
  const stopSleepWatch = watchSleep({ clock, log, os, uptimeSeconds, report });
  return { catchUp, stop: stopSleepWatch };
}
