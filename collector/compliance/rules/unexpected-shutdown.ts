/** SB 三(一)5: PCs are shut down properly. The operating system's own record of the next boot says whether one was: information only. */
import { isInService } from "../applicability.ts";
import { DAY_MS, fail, pass, RULES_FROM, type Rule } from "../rule.ts";

export const UNEXPECTED_SHUTDOWN: Rule = {
  code: "SB315-unexpected-shutdown",
  article: "SB 三(一)5",
  version: 1,
  from: RULES_FROM,
  severity: "info",
  graceSeconds: 0,
  title: { zh: "非正常关机", en: "Unexpected shutdown" },
  remediation: {
    zh: "提醒使用人按规程关机，不得直接断电；频繁发生的，检查电源与硬件。",
    en: "Remind the user to shut down properly and not to cut the power; if it happens often, check power supply and hardware.",
  },
  appliesTo: isInService,
  check({ power, offsetMs }, { now, settings }) {
    const shownMs = settings.shutdownShownDays * DAY_MS;
    const recent = power
      // A PC whose clock runs ahead cannot have stopped after its report arrived.
      .map((event) => ({ ...event, when: Math.min(event.at, event.heardAt) }))
      .filter(({ event, when }) => event === "unexpected-shutdown" && now <= when + shownMs);
    const latest = recent.reduce((last, event) => (last && last.when >= event.when ? last : event), recent[0]);
    if (!latest) return pass();
    const evidence = {
      at: new Date(latest.at).toISOString(),
      bootId: latest.bootId,
      source: latest.source,
      times: recent.length,
    };
    return fail("stopped-unexpectedly", evidence, {
      observed: { offsetMs },
      nextAt: Math.min(...recent.map(({ when }) => when)) + shownMs + 1,
    });
  },
  message: ({ at, source, times }, show) => ({
    zh: `${show(at)} 非正常关机（依据 ${source}），近期共 ${times} 次。`,
    en: `Stopped unexpectedly at ${show(at)} (by ${source}); ${times} times of late.`,
  }),
};
