/** `/retention`: what is over its time, and removing it now instead of with the daily run. */
import * as z from "zod";
import type { RetentionState } from "../../retention/keeper.ts";
import type { RetentionPlan } from "../../retention/retention.ts";
import type { App, RouteDeps } from "../app.ts";
import { shown, shownOrNull } from "../instants.ts";

const planView = z.object({
  days: z.int(),
  before: z.string(),
  through: z.int(),
  oldestAt: z.string().nullable(),
  records: z.int(),
  bytes: z.int(),
  kinds: z.record(z.string(), z.int()),
  held: z.int(),
});
export type RetentionPlanView = z.infer<typeof planView>;

const stateView = z.object({
  state: z.enum(["never", "running", "done", "failed"]),
  removed: z.int(),
  endedAt: z.string().nullable(),
  code: z.string().optional(),
});
export type RetentionStateView = z.infer<typeof stateView>;

export function retentionRoutes(app: App, { retention, auth }: RouteDeps): void {
  const onRequest = auth.require("admin");
  const tags = ["operation"];

  app.get("/retention/plan", { onRequest, schema: { tags, response: { 200: planView } } }, async () =>
    toPlanView(await retention.plan()),
  );

  app.get("/retention", { onRequest, schema: { tags, response: { 200: stateView } } }, async () =>
    toStateView(retention.state()),
  );

  app.post(
    "/retention",
    { onRequest, schema: { tags, body: z.object({}), response: { 202: stateView } } },
    async (_request, reply) => reply.code(202).send(toStateView(retention.begin())),
  );
}

export function toPlanView(plan: RetentionPlan): RetentionPlanView {
  return { ...plan, before: shown(plan.before), oldestAt: shownOrNull(plan.oldestAt) };
}

function toStateView(state: RetentionState): RetentionStateView {
  return { ...state, endedAt: shownOrNull(state.endedAt) };
}
