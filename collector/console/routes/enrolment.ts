/** Enrolment: what sources post without a token of the API, and the queue and tokens that officers manage. */
import * as z from "zod";
import {
  enrolmentGranted,
  enrolmentRequest,
  enrolmentWaiting,
  renewalRequest,
} from "../../../protocol/messages/enrolment.ts";
import { renew } from "../../enrolment/certificates.ts";
import { approveEnrolment, refuseEnrolment } from "../../enrolment/decide.ts";
import { enrol } from "../../enrolment/enrolment.ts";
import { listEnrolments } from "../../enrolment/queue.ts";
import { createEnrolToken, ENROL_PURPOSES, listTokens, revokeToken } from "../../enrolment/tokens.ts";
import type { App, RouteDeps } from "../app.ts";
import { decidedBy } from "../auth.ts";
import { shown, shownOrNull } from "../instants.ts";
import { tokenView, toTokenView } from "./tokens.ts";

/** A certificate request is about 500 bytes. */
const BODY_BYTES_MAX = 16 * 1024;

const enrolmentView = z.object({
  id: z.string(),
  state: z.enum(["waiting", "granted", "refused"]),
  kind: z.enum(["agent", "reader"]),
  hostname: z.string(),
  simulated: z.boolean(),
  address: z.string(),
  source: z.string().nullable(),
  createdAt: z.string(),
  decidedAt: z.string().nullable(),
  decidedBy: z.string().nullable(),
  reason: z.string().nullable(),
});

const decision = z.object({ reason: z.string().min(1).max(256).optional() });

export function enrolmentRoutes(app: App, deps: RouteDeps): void {
  sourceSide(app, deps);
  queue(app, deps);
  tokens(app, deps);
}

function sourceSide(app: App, { enrolment }: RouteDeps): void {
  app.post(
    "/enrolments",
    {
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        tags: ["enrolment"],
        body: enrolmentRequest,
        response: { 201: enrolmentGranted, 202: enrolmentWaiting },
      },
    },
    async (request, reply) => {
      const outcome = await enrol(enrolment, request.body, { address: request.ip, host: request.hostname });
      return outcome.state === "granted" ? reply.code(201).send(outcome) : reply.code(202).send(outcome);
    },
  );

  app.post(
    "/renewals",
    {
      bodyLimit: BODY_BYTES_MAX,
      schema: { tags: ["enrolment"], body: renewalRequest, response: { 201: enrolmentGranted } },
    },
    async (request, reply) => reply.code(201).send(await renew(enrolment, request.body, request.hostname)),
  );
}

function queue(app: App, { enrolment, auth }: RouteDeps): void {
  const onRequest = auth.require("enrol");
  const byId = z.object({ id: z.uuid() });

  app.get(
    "/enrolments",
    {
      onRequest,
      schema: {
        tags: ["enrolment"],
        querystring: z.object({
          state: enrolmentView.shape.state.optional(),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
        }),
        response: { 200: z.object({ items: z.array(enrolmentView) }) },
      },
    },
    async ({ query }) => ({
      items: (await listEnrolments(enrolment, query)).map((row) => ({
        ...row,
        createdAt: shown(row.createdAt),
        decidedAt: shownOrNull(row.decidedAt),
      })),
    }),
  );

  app.post(
    "/enrolments/:id/approve",
    {
      onRequest,
      schema: {
        tags: ["enrolment"],
        params: byId,
        body: decision,
        response: { 200: z.object({ source: z.string() }) },
      },
    },
    (request) => {
      const { reason } = request.body;
      return approveEnrolment(enrolment, request.params.id, { by: decidedBy(request), reason });
    },
  );

  app.post(
    "/enrolments/:id/refuse",
    { onRequest, schema: { tags: ["enrolment"], params: byId, body: decision, response: { 200: z.object({}) } } },
    async (request) => {
      const { reason } = request.body;
      await refuseEnrolment(enrolment, request.params.id, { by: decidedBy(request), reason });
      return {};
    },
  );
}

function tokens(app: App, { enrolment, auth }: RouteDeps): void {
  const onRequest = auth.require("enrol");

  app.get(
    "/enrolment-tokens",
    { onRequest, schema: { tags: ["enrolment"], response: { 200: z.object({ items: z.array(tokenView) }) } } },
    async () => ({ items: (await listTokens(enrolment, ENROL_PURPOSES)).map(toTokenView) }),
  );

  app.post(
    "/enrolment-tokens",
    {
      onRequest,
      schema: {
        tags: ["enrolment"],
        body: z.object({
          purpose: z.enum(ENROL_PURPOSES).default("enrol-once"),
          label: z.string().min(1).max(128),
          days: z.int().min(1).max(3650).nullable().optional(),
          approves: z.boolean().default(true),
          simulated: z.boolean().optional(),
          /** How many sources an `enrol-site` token is good for; absent: any number. */
          uses: z.int().min(1).max(100_000).optional(),
        }),
        response: {
          201: z.object({ id: z.int(), token: z.string(), label: z.string(), expiresAt: z.string().nullable() }),
        },
      },
    },
    async (request, reply) => {
      const { approves, simulated, days, uses, ...input } = request.body;
      const made = await createEnrolToken(enrolment, {
        ...input,
        ...(days === undefined ? {} : { days }),
        scope: { approves, simulated, usesLeft: uses },
      });
      return reply.code(201).send({ ...made, expiresAt: shownOrNull(made.expiresAt) });
    },
  );

  app.post(
    "/enrolment-tokens/:id/revoke",
    {
      onRequest,
      schema: {
        tags: ["enrolment"],
        params: z.object({ id: z.coerce.number().int() }),
        body: z.object({}),
        response: { 200: z.object({}) },
      },
    },
    async (request) => {
      await revokeToken(enrolment, request.params.id, ENROL_PURPOSES);
      return {};
    },
  );
}
