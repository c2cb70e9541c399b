/** `/tokens`: bearer tokens of the API. */
import * as z from "zod";
import { API_SCOPES, createApiToken, listTokens, revokeToken, type TokenView } from "../../enrolment/tokens.ts";
import type { App, RouteDeps } from "../app.ts";
import { shown, shownOrNull } from "../instants.ts";

export const tokenView = z.object({
  id: z.int(),
  purpose: z.enum(["enrol-once", "enrol-site", "api"]),
  label: z.string(),
  scope: z.unknown(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  usedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
});

export function toTokenView(row: TokenView): z.infer<typeof tokenView> {
  return {
    ...row,
    createdAt: shown(row.createdAt),
    expiresAt: shownOrNull(row.expiresAt),
    usedAt: shownOrNull(row.usedAt),
    revokedAt: shownOrNull(row.revokedAt),
  };
}

export function tokenRoutes(app: App, { store, clock, auth }: RouteDeps): void {
  const onRequest = auth.require("admin");
  const deps = { store, clock };

  app.get(
    "/tokens",
    { onRequest, schema: { tags: ["tokens"], response: { 200: z.object({ items: z.array(tokenView) }) } } },
    async () => ({ items: (await listTokens(deps, ["api"])).map(toTokenView) }),
  );

  app.post(
    "/tokens",
    {
      onRequest,
      schema: {
        tags: ["tokens"],
        body: z.object({
          label: z.string().min(1).max(128),
          scopes: z.array(z.enum(API_SCOPES)).min(1),
          days: z.int().min(1).max(3650).nullable().default(365),
        }),
        response: {
          201: z.object({ id: z.int(), token: z.string(), label: z.string(), expiresAt: z.string().nullable() }),
        },
      },
    },
    async (request, reply) => {
      const made = await createApiToken(deps, request.body);
      return reply.code(201).send({ ...made, expiresAt: shownOrNull(made.expiresAt) });
    },
  );

  app.post(
    "/tokens/:id/revoke",
    {
      onRequest,
      schema: {
        tags: ["tokens"],
        params: z.object({ id: z.coerce.number().int() }),
        body: z.object({}),
        response: { 200: z.object({}) },
      },
    },
    async (request) => {
      await revokeToken(deps, request.params.id, ["api"]);
      return {};
    },
  );
}
