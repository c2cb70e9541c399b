/** `/findings` and `/alerts`. */
import * as z from "zod";
import type { App, RouteDeps } from "../app.ts";
import { pageOf } from "../page.ts";
import {
  alertView,
  findAlerts,
  findFinding,
  findFindings,
  findHistory,
  findingQuery,
  findingView,
} from "../queries/findings.ts";
import { found } from "./machines.ts";

const byId = z.object({ id: z.coerce.number().int().min(1) });
const eventView = z.object({ at: z.string(), event: z.string(), evidence: z.unknown() });

export function findingRoutes(app: App, { store, zone, auth }: RouteDeps): void {
  const onRequest = auth.require("read");

  app.get(
    "/findings",
    { onRequest, schema: { tags: ["findings"], querystring: findingQuery, response: { 200: pageOf(findingView) } } },
    ({ query }) => findFindings({ store, zone }, query),
  );

  app.get(
    "/findings/:id",
    {
      onRequest,
      schema: {
        tags: ["findings"],
        params: byId,
        response: { 200: findingView.extend({ history: z.array(eventView) }) },
      },
    },
    async ({ params: { id } }) => ({
      ...found(await findFinding({ store, zone }, id), id),
      history: await findHistory(store, id),
    }),
  );

  app.get(
    "/alerts",
    { onRequest, schema: { tags: ["findings"], querystring: findingQuery, response: { 200: pageOf(alertView) } } },
    ({ query }) => findAlerts({ store, zone }, query),
  );
}
