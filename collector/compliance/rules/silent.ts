/**
 * XC 1, the register kept current: an agent that was lost without a clean stop and stays silent in working hours, and
 * an entry that has not been seen for seven working days. Time in which the centre itself did not listen does not count.
 */
import { addDays } from "../../calendar/calendar.ts";
import { WORKING_DAYS_SEARCHED_MAX } from "../../calendar/working-hours.ts";
import { isInService } from "../applicability.ts";
import type { Facts } from "../facts.ts";
import { type Context, fail, pass, RULES_FROM, type Rule, unknown, type Verdict } from "../rule.ts";

export const SILENT: Rule = {
  code: "XC1-silent",
  article: "XC 1",
  version: 1,
  from: RULES_FROM,
  severity: "warning",
  graceSeconds: 0,
  title: { zh: "终端失联", en: "Agent silent" },
  remediation: {
    zh: "到现场核实：是否断网、断电、卸载了客户端；确已停用的，在台账中注销。",
    en: "Check on the spot whether network, power or agent is gone; if the PC is out of use, take it off the register.",
  },
  appliesTo: isInService,
  check,
  message: ({ reason, since }, show) =>
    reason === "unseen"
      ? {
          zh: `自 ${show(since)} 以来连续多个工作日未出现。`,
          en: `Not seen for working days on end, since ${show(since)}.`,
        }
      : {
          zh: `自 ${show(since)} 起在工作时间内失联，且无正常关机记录。`,
          en: `Silent in working hours since ${show(since)}, without a clean stop.`,
        },
};

function check(facts: Facts, context: Context): Verdict {
  const { state, heardAt, at } = facts.presence;
  if (state === "online") return pass();
  if (heardAt === null) return unknown("never-seen");
  const unseen = checkUnseen(heardAt, context);
  if (unseen.verdict !== "pass") return unseen;
  if (state === "unknown") return unknown("not-listening", unseen.nextAt);
  return state === "lost" ? checkLost(at, unseen.nextAt, context) : unseen;
}

/** `unseenAt`: when it will have been away for so long that this is the graver matter. */
function checkLost(lostAt: number, unseenAt: number | undefined, { now, hours, settings, deaf }: Context): Verdict {
  const limit = hours.afterWorkingMs(lostAt, settings.silentMinutes * 60_000, deaf);
  if (limit === undefined) return unknown("calendar-unknown", unseenAt);
  if (now < limit) return pass(Math.min(limit, unseenAt ?? limit));
  return fail("lost", { since: new Date(lostAt).toISOString() }, { nextAt: unseenAt });
}

/** Seven working days without a sign of life, the day of the last one not counted. */
function checkUnseen(heardAt: number, context: Context): Verdict {
  const { now, hours, settings } = context;
  let counted = 0;
  let day = hours.dayAt(heardAt);
  for (let searched = 0; searched < WORKING_DAYS_SEARCHED_MAX; searched++) {
    day = addDays(day, 1);
    const listened = wasListening(day, context);
    if (listened === undefined) return unknown("calendar-unknown");
    if (listened) counted++;
    if (counted < settings.unseenWorkingDays) continue;
    const over = hours.at(addDays(day, 1), "00:00");
    return now < over ? pass(over) : fail("unseen", { since: new Date(heardAt).toISOString() });
  }
  return unknown("calendar-unknown");
}

/** Whether the centre listened through a working day, but for less than the limit of silence; false too for a day off. */
function wasListening(day: string, { hours, settings, deaf }: Context): boolean | undefined {
  const work = hours.spanOf(day);
  if (!work) return work === null ? false : undefined;
  const listenedMs = hours.workingMs(work, deaf) ?? 0;
  return work.to - work.from - listenedMs < settings.silentMinutes * 60_000;
}
