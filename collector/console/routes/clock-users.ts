/** `/clocks/CLOCK/users`: the people on a clock beside the staff register, and changes to them. */
import * as z from "zod";
import { USER_RESULTS } from "../../clocks/users/change.ts";
import { USER_ACTIONS } from "../../clocks/users/plan.ts";
import type { App, RouteDeps } from "../app.ts";
import { decidedBy } from "../auth.ts";

const USERS_MAX = 500;

const params = z.object({ clock: z.string().max(64).describe("its serial number, or the name that people gave it") });
const known = z.object({ user: z.string(), person: z.string(), name: z.string() });

const comparison = z.object({
  clock: z.string(),
  name: z.string(),
  basis: z.enum(["table", "punches"]).describe("`punches`: its table cannot be read; whoever punched on it lately"),
  known: z.array(known),
  unknown: z.array(z.object({ user: z.string(), nameOnClock: z.string().optional() })),
  missing: z.array(known),
  left: z.array(known.extend({ to: z.string() })),
});

const request = z
  .object({
    action: z.enum(USER_ACTIONS),
    users: z.array(z.string().min(1).max(64)).max(USERS_MAX).default([]).describe("none: all that differ"),
    apply: z.boolean().default(false).describe("false: only say what would be done"),
    force: z.boolean().default(false).describe("also many, and people who are still in the register"),
  })
  .refine(({ action, users }) => action !== "sync" || users.length === 0, "sync takes no users");

const change = z.object({
  clock: z.string(),
  name: z.string(),
  applied: z.boolean(),
  needsForce: z.boolean(),
  outcomes: z.array(
    z.object({
      action: z.enum(["add", "remove"]),
      user: z.string(),
      person: z.string().optional(),
      name: z.string().optional(),
      nameOnClock: z.string().optional().describe("cut to what the clock's field holds"),
      result: z.enum(USER_RESULTS),
      code: z.string().optional().describe("why it was refused, or failed"),
    }),
  ),
});

export function clockUserRoutes(app: App, { clockUsers, auth }: RouteDeps): void {
  const tags = ["clocks"];

  app.get(
    "/clocks/:clock/users",
    { onRequest: auth.require("read"), schema: { tags, params, response: { 200: comparison } } },
    ({ params: { clock } }) => clockUsers.compare(clock),
  );

  app.post(
    "/clocks/:clock/users",
    { onRequest: auth.require("write"), schema: { tags, params, body: request, response: { 200: change } } },
    (request) => clockUsers.change(request.params.clock, { ...request.body, by: decidedBy(request) }),
  );
}
