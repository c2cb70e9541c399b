/** What the centre sends down: settings, and commands that are carried out once by id and not after they expired. */
import type { Log } from "../protocol/log.ts";
import type { Down } from "../protocol/messages/envelope.ts";
import type { Clock } from "../protocol/time.ts";
import { COMMANDS_REMEMBERED_MAX, type StateFile } from "./state.ts";

export interface DownDeps {
  clock: Clock;
  log: Log;
  file: StateFile;
  collectNow: () => Promise<void>;
  reEnrol: () => void;
}

/** Handles one message. `renew-certificate` is carried out by the uplink, which holds the key, and only noted here. */
export async function handleDown(message: Down, { clock, log, file, collectNow, reEnrol }: DownDeps): Promise<void> {
  const { state } = file;
  if (message.type === "settings") {
    if (message.revision < (state.settings?.revision ?? 0)) return;
    const { holdSeconds, postureHours, journalDays } = message.settings;
    state.settings = {
      revision: message.revision,
      ...(holdSeconds !== undefined && { holdSeconds }),
      ...(postureHours !== undefined && { postureHours }),
      // Taken over by the journal at the next start.
      ...(journalDays !== undefined && { journalDays }),
    };
    await file.save();
    log.info({ revision: message.revision }, "settings taken over");
    return;
  }
  const { id, command, expiresAt } = message;
  if (state.commands.includes(id)) return;
  if (Date.parse(expiresAt) <= clock.now()) {
    log.warn({ id, command, expiresAt }, "a command came after it expired");
    return;
  }
  // Remembered first: a command that breaks the agent must not break it again after each restart.
  state.commands = [...state.commands, id].slice(-COMMANDS_REMEMBERED_MAX);
  await file.save();
  log.info({ id, command }, "carrying out a command");
  if (command === "collect-now") await collectNow();
  if (command === "re-enrol") reEnrol();
}
