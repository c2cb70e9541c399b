/** What an agent remembers across restarts, in one small file. Losing it costs a whole posture, never a record. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../protocol/log.ts";
import { writeWhole } from "../protocol/uplink/whole-file.ts";
import type { HeldAddresses } from "./network/ip-change.ts";
import type { Told } from "./posture/compose.ts";
import type { BootMemory } from "./posture/steady.ts";
import type { PowerBookmark } from "./power/bookmark.ts";
import type { DailySnapshot } from "./probes/windows/daily-snapshot.ts";

export interface AgentState {
  v: 1;
  /** The journal's epoch that all this was told in. */
  epoch?: string;
  told: Told;
  boot?: BootMemory;
  power?: PowerBookmark;
  /** Addresses by adapter as last reported. */
  addresses?: HeldAddresses;
  brokerAddress?: string;
  /** First-seen time of pending security updates, by package. */
  pendingSince: Record<string, string>;
  /** Ids of commands that were carried out, oldest first. */
  commands: string[];
  settings?: { revision: number; holdSeconds?: number; postureHours?: number; journalDays?: number };
  inventory?: { hash: string; at: string };
  daily?: DailySnapshot;
}

const STATE_FILE = "agent-state.json";
export const COMMANDS_REMEMBERED_MAX = 64;

export function emptyState(): AgentState {
  return { v: 1, told: {}, pendingSince: {}, commands: [] };
}

/**
 * Forgets what was told when the journal is another one than then (a cloned disk, a new enrolment, a lost journal): its centre
 * knows nothing of it. Settings and commands stay.
 */
export function bindState(state: AgentState, epoch: string): void {
  if (state.epoch === epoch) return;
  state.epoch = epoch;
  state.told = {};
  delete state.power;
  delete state.addresses;
  delete state.inventory;
}

export interface StateFile {
  state: AgentState;
  /** Writes the present state; calls that come while one is being written share the next. */
  save(): Promise<void>;
}

/** A file that is missing, damaged or of another version counts as empty, with a warning for the latter two. */
export async function openStateFile(home: string, log: Log): Promise<StateFile> {
  const path = join(home, STATE_FILE);
  const state = (await readState(path, log)) ?? emptyState();
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<void> | undefined;
  return {
    state,
    save() {
      if (!next) {
        next = last.then(() => {
          next = undefined;
          return writeWhole(path, JSON.stringify(state));
        });
        // One that failed does not keep the next from being tried.
        last = next.catch(() => undefined);
      }
      return next;
    },
  };
}

async function readState(path: string, log: Log): Promise<AgentState | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const state = JSON.parse(text) as AgentState;
    if (state?.v === 1 && state.told && state.pendingSince && Array.isArray(state.commands)) return state;
  } catch {
    // Falls through to the warning: a torn file is as good as none.
  }
  log.warn({ path }, "the agent's state file is damaged; starting with an empty one");
  return undefined;
}
