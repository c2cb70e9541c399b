/** `/sources`, `/quarantine` and `/gaps`, and the revocation of a source. */
import * as z from "zod";
import { revokeSource } from "../../enrolment/certificates.ts";
import type { App, RouteDeps } from "../app.ts";
import { decidedBy } from "../auth.ts";
import { pageOf, pageQuery } from "../page.ts";
import { findRecords, recordQuery, recordView } from "../queries/records.ts";
import {
  findQuarantine,
  findSource,
  findSources,
  quarantineView,
  sourceQuery,
  sourceView,
} from "../queries/sources.ts";
import { found } from "./machines.ts";

const bySource = z.object({ source: z.string().max(64) });

export function sourceRoutes(app: App, { store, clock, auth, disconnect }: RouteDeps): void {
  const onRequest = auth.require("read");

  app.get(
    "/sources",
    { onRequest, schema: { tags: ["sources"], querystring: sourceQuery, response: { 200: pageOf(sourceView) } } },
    ({ query }) => findSources(store, query),
  );

  app.get(
    "/sources/:source",
    { onRequest, schema: { tags: ["sources"], params: bySource, response: { 200: sourceView } } },
    async ({ params: { source } }) => found(await findSource(store, source), source),
  );

  app.post(
    "/sources/:source/revoke",
    {
      onRequest: auth.require("enrol"),
      schema: {
        tags: ["sources"],
        params: bySource,
        body: z.object({ reason: z.string().max(256).optional() }),
        response: { 200: sourceView },
      },
    },
    async (request) => {
      const { source } = request.params;
      const decider = { by: decidedBy(request), reason: request.body.reason };
      await revokeSource({ store, clock }, source, decider, disconnect);
      return found(await findSource(store, source), source);
    },
  );

  app.get(
    "/quarantine",
    { onRequest, schema: { tags: ["sources"], querystring: pageQuery, response: { 200: pageOf(quarantineView) } } },
    ({ query }) => findQuarantine(store, query),
  );

  app.get(
    "/gaps",
    {
      onRequest,
      schema: {
        tags: ["sources"],
        description: "what is missing and why, newest first, from the evidence; a page may be short and not the last",
        querystring: recordQuery,
        response: { 200: pageOf(recordView) },
      },
    },
    ({ query }) => findRecords(store, "gap", query),
  );
}
