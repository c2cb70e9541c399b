/** `/punches/doubtful`, and an officer's decision about each. */
import * as z from "zod";
import { acceptPunch, rejectPunch } from "../../registry/doubtful-punches.ts";
import { TIME_BASES } from "../../registry/punch-decisions.ts";
import type { App, RouteDeps } from "../app.ts";
import { decidedBy } from "../auth.ts";
import { pageOf } from "../page.ts";
import { doubtfulQuery, doubtfulView, findDoubtful } from "../queries/doubtful-punches.ts";

const params = z.object({ id: z.coerce.number().int().min(1) });
const decision = z.object({
  reason: z.string().min(1).max(256).describe("why; it stays with the decision"),
  dryRun: z.boolean().optional(),
});
const decided = z.object({ record: z.int().nullable(), dryRun: z.boolean() });

export function doubtfulPunchRoutes(app: App, { store, auth, applied }: RouteDeps): void {
  const registry = { store, applied };

  app.get(
    "/punches/doubtful",
    {
      onRequest: auth.require("read"),
      schema: {
        tags: ["clocks"],
        description: "punches whose time cannot be true, each with the time that is proposed for it",
        querystring: doubtfulQuery,
        response: { 200: pageOf(doubtfulView) },
      },
    },
    ({ query }) => findDoubtful(store, query),
  );

  app.post(
    "/punches/:id/accept",
    {
      onRequest: auth.require("write"),
      schema: {
        tags: ["clocks"],
        description:
          "the punch counts, as made at `at` or, without it, at the time proposed; a later decision corrects it",
        params,
        body: decision.extend({ at: z.iso.datetime({ offset: true }).optional() }),
        response: {
          200: decided.extend({ at: z.string(), basis: z.enum(TIME_BASES), measured: z.int().nullable() }),
        },
      },
    },
    (request) => {
      const { reason, dryRun, at } = request.body;
      const input = { punch: request.params.id, at: at === undefined ? undefined : Date.parse(at) };
      return acceptPunch(registry, input, { by: decidedBy(request), reason }, { dryRun });
    },
  );

  app.post(
    "/punches/:id/reject",
    {
      onRequest: auth.require("write"),
      schema: {
        tags: ["clocks"],
        description: "the punch stays in the evidence and never counts, also when it was accepted before",
        params,
        body: decision,
        response: { 200: decided },
      },
    },
    (request) => {
      const { reason, dryRun } = request.body;
      return rejectPunch(registry, { punch: request.params.id }, { by: decidedBy(request), reason }, { dryRun });
    },
  );
}
