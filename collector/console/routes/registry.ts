/** `/pcs` and `/ip-grants`: the register of computers and the IP ledger. */
import * as z from "zod";
import { day, PC_ROLES, PC_ZONES } from "../../registry/decisions.ts";
import { listGrants, listPcs } from "../../registry/lists.ts";
import { approvePc, type Decided, grantIp, retirePc, revokeIp } from "../../registry/registry.ts";
import type { App, RouteDeps } from "../app.ts";
import { decidedBy } from "../auth.ts";
import { shown, shownOrNull, siteDate } from "../instants.ts";
import { afterOf, pageOf, pageQuery, toPage } from "../page.ts";

const shortText = z.string().min(1).max(256);
const decision = z.object({ reason: shortText.optional(), dryRun: z.boolean().optional() });
const decided = z.object({ record: z.int().nullable(), dryRun: z.boolean() });

const pcView = z.object({
  source: z.string(),
  hostname: z.string(),
  simulated: z.boolean(),
  state: z.enum(["pending", "approved", "retired"]),
  unit: z.string().nullable(),
  custodian: z.string().nullable(),
  role: z.enum(PC_ROLES),
  zone: z.enum(PC_ZONES),
  note: z.string().nullable(),
  firstSeenAt: z.string(),
  decidedAt: z.string().nullable(),
  decidedBy: z.string().nullable(),
});

const grantView = z.object({
  id: z.int(),
  source: z.string(),
  address: z.string(),
  from: z.string(),
  to: z.string().nullable(),
  reference: z.string(),
  grantedBy: z.string(),
  grantedAt: z.string(),
  revokedAt: z.string().nullable(),
  revokedBy: z.string().nullable(),
  revokeReason: z.string().nullable(),
});

export function registryRoutes(app: App, deps: RouteDeps): void {
  pcRoutes(app, deps);
  grantRoutes(app, deps);
}

function pcRoutes(app: App, { store, auth, applied }: RouteDeps): void {
  const registry = { store, applied };
  const pcQuery = pageQuery.extend({ state: pcView.shape.state.optional(), unit: z.string().max(256).optional() });
  const bySource = z.object({ source: z.string().max(64) });

  app.get(
    "/pcs",
    {
      onRequest: auth.require("read"),
      schema: { tags: ["registry"], querystring: pcQuery, response: { 200: pageOf(pcView) } },
    },
    async ({ query }) => {
      const { state, unit, limit } = query;
      const rows = await listPcs(store, { after: afterOf(query), limit: limit + 1, state, unit });
      return toPage(
        rows,
        limit,
        ({ id }) => id,
        ({ id: _id, ...row }) => ({
          ...row,
          firstSeenAt: shown(row.firstSeenAt),
          decidedAt: shownOrNull(row.decidedAt),
        }),
      );
    },
  );

  app.post(
    "/pcs/:source/approve",
    {
      onRequest: auth.require("write"),
      schema: {
        tags: ["registry"],
        params: bySource,
        body: decision.extend({
          unit: shortText.optional(),
          custodian: shortText.optional(),
          role: z.enum(PC_ROLES).optional(),
          zone: z.enum(PC_ZONES).optional(),
          note: shortText.optional(),
        }),
        response: { 200: decided },
      },
    },
    (request): Promise<Decided> => {
      const { reason, dryRun, ...entry } = request.body;
      return approvePc(
        registry,
        { source: request.params.source, ...entry },
        { by: decidedBy(request), reason },
        { dryRun },
      );
    },
  );

  app.post(
    "/pcs/:source/retire",
    {
      onRequest: auth.require("write"),
      schema: { tags: ["registry"], params: bySource, body: decision, response: { 200: decided } },
    },
    (request): Promise<Decided> => {
      const { reason, dryRun } = request.body;
      return retirePc(registry, { source: request.params.source }, { by: decidedBy(request), reason }, { dryRun });
    },
  );
}

function grantRoutes(app: App, { store, clock, zone, auth, applied }: RouteDeps): void {
  const registry = { store, applied };
  const grantQuery = pageQuery.extend({
    source: z.string().max(64).optional(),
    address: z.string().max(64).optional(),
    revoked: z.stringbool().optional().describe("those that were revoked too"),
  });

  app.get(
    "/ip-grants",
    {
      onRequest: auth.require("read"),
      schema: { tags: ["registry"], querystring: grantQuery, response: { 200: pageOf(grantView) } },
    },
    async ({ query }) => {
      const { source, address, revoked, limit } = query;
      const rows = await listGrants(store, { after: afterOf(query), limit: limit + 1, source, address, revoked });
      return toPage(
        rows,
        limit,
        ({ id }) => id,
        (row) => ({
          ...row,
          grantedAt: shown(row.grantedAt),
          revokedAt: shownOrNull(row.revokedAt),
        }),
      );
    },
  );

  app.post(
    "/ip-grants",
    {
      onRequest: auth.require("write"),
      schema: {
        tags: ["registry"],
        body: decision.extend({
          source: z.string().max(64),
          address: z.string().max(64),
          from: day.optional().describe("today at the site, when absent"),
          to: day.nullable().optional(),
          reference: shortText,
        }),
        response: { 200: decided },
      },
    },
    (request): Promise<Decided> => {
      const { reason, dryRun, from = siteDate(clock.now(), zone), ...grant } = request.body;
      return grantIp(registry, { ...grant, from }, { by: decidedBy(request), reason }, { dryRun });
    },
  );

  app.post(
    "/ip-grants/:id/revoke",
    {
      onRequest: auth.require("write"),
      schema: {
        tags: ["registry"],
        params: z.object({ id: z.coerce.number().int().min(1) }),
        body: decision,
        response: { 200: decided },
      },
    },
    (request): Promise<Decided> => {
      const { reason, dryRun } = request.body;
      return revokeIp(registry, { grant: request.params.id }, { by: decidedBy(request), reason }, { dryRun });
    },
  );
}
