/** Who must approve what (KQ 2 and 4), as a table: kind of person -> roles whose approval is needed, nobody's own among them. */
import type { ApproverRole, PersonKind, RequestType } from "./facts.ts";

export interface Route {
  roles: readonly ApproverRole[];
  article: string;
}

const OUTING: Record<PersonKind, { half: Route; day: Route }> = {
  window: {
    half: { roles: ["window_head"], article: "KQ 2(一)" },
    day: { roles: ["window_head", "home_unit"], article: "KQ 2(二)" },
  },
  window_head: {
    half: { roles: ["home_unit"], article: "KQ 2(二)" },
    day: { roles: ["home_unit"], article: "KQ 2(二)" },
  },
  office: {
    half: { roles: ["office_head"], article: "KQ 2(三)" },
    day: { roles: ["office_head"], article: "KQ 2(三)" },
  },
  office_head: {
    half: { roles: ["bureau_leader"], article: "KQ 2(三)" },
    day: { roles: ["bureau_leader"], article: "KQ 2(三)" },
  },
};

const ANNUAL: Record<PersonKind, Route> = {
  window: { roles: ["window_head", "home_unit"], article: "KQ 4(一)" },
  window_head: { roles: ["home_unit"], article: "KQ 4(一)" },
  office: { roles: ["office_head", "bureau_leader"], article: "KQ 4(二)" },
  office_head: { roles: ["bureau_leader"], article: "KQ 4(二)" },
};

/** KQ 3: the certificate is what counts, no approval is asked. */
const SICK: Route = { roles: [], article: "KQ 3" };

/** "1天以上" includes exactly one day. */
export const HALVES_OF_A_DAY = 2;

/** The approvals that a request of so many half-days needs. */
export function routeOf(type: RequestType, kind: PersonKind, halves: number): Route {
  if (type === "sick") return SICK;
  if (type === "annual") return ANNUAL[kind];
  return halves >= HALVES_OF_A_DAY ? OUTING[kind].day : OUTING[kind].half;
}

/** KQ 4(一): window staff go on leave once the substitute is in place; 4(二) asks none of the bureau's own staff. */
export function needsSubstitute(type: RequestType, kind: PersonKind): boolean {
  return type === "annual" && (kind === "window" || kind === "window_head");
}
