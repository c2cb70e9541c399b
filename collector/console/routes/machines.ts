/** `/machines`: PCs, their posture, and what the rules say. */
import * as z from "zod";
import { AppError } from "../../../protocol/errors.ts";
import type { App, RouteDeps } from "../app.ts";
import { pageOf, pageQuery } from "../page.ts";
import {
  findMachine,
  findMachines,
  findPosture,
  findPostures,
  findVerdicts,
  machineQuery,
  machineView,
  postureView,
} from "../queries/machines.ts";
import { findRecords, recordView } from "../queries/records.ts";

const bySource = z.object({ source: z.string().max(64) });
const verdictView = z.object({
  rule: z.string(),
  verdict: z.string(),
  reason: z.string().nullable(),
  since: z.string(),
});

export function machineRoutes(app: App, { store, auth }: RouteDeps): void {
  const onRequest = auth.require("read");

  app.get(
    "/machines",
    { onRequest, schema: { tags: ["machines"], querystring: machineQuery, response: { 200: pageOf(machineView) } } },
    ({ query }) => findMachines(store, query),
  );

  app.get(
    "/machines/:source",
    {
      onRequest,
      schema: {
        tags: ["machines"],
        params: bySource,
        response: { 200: machineView.extend({ verdicts: z.array(verdictView) }) },
      },
    },
    async ({ params }) => {
      const machine = found(await findMachine(store, params.source), params.source);
      return { ...machine, verdicts: await findVerdicts(store, params.source) };
    },
  );

  app.get(
    "/machines/:source/posture",
    {
      onRequest,
      schema: { tags: ["machines"], params: bySource, response: { 200: z.record(z.string(), z.unknown()) } },
    },
    async ({ params }) => found(await findPosture(store, params.source), params.source),
  );

  app.get(
    "/machines/:source/postures",
    {
      onRequest,
      schema: {
        tags: ["machines"],
        description: "as they were reported, newest first, from the evidence; a page may be short and not the last",
        params: bySource,
        querystring: pageQuery,
        response: { 200: pageOf(recordView) },
      },
    },
    async ({ params: { source }, query }) => {
      found(await findMachine(store, source), source);
      return findRecords(store, "posture", { ...query, source });
    },
  );

  app.get(
    "/postures",
    {
      onRequest,
      schema: {
        tags: ["machines"],
        description: "the newest of each PC",
        querystring: machineQuery,
        response: { 200: pageOf(postureView) },
      },
    },
    ({ query }) => findPostures(store, query),
  );
}

/** What was looked up; throws AppError `not-found`. */
export function found<T>(value: T | undefined, name: string | number): T {
  if (value === undefined) throw new AppError("not-found", `there is no ${name}`);
  return value;
}
