/** `/settings`: what officers may change, how it stands, and who changed it when and why. */
import * as z from "zod";
import { changeSetting } from "../../registry/change-setting.ts";
import { settingValue } from "../../registry/settings.ts";
import type { App, RouteDeps } from "../app.ts";
import { decidedBy } from "../auth.ts";
import { shown } from "../instants.ts";
import { afterOf, pageOf, pageQuery, toPage } from "../page.ts";
import { type SettingRow, settingHistory, settingStates } from "../queries/settings.ts";

const changeView = z.object({
  id: z.int(),
  key: z.string(),
  value: settingValue,
  decidedAt: z.string(),
  decidedBy: z.string(),
  reason: z.string(),
});

const settingView = z.object({
  key: z.string(),
  title: z.object({ zh: z.string(), en: z.string() }),
  article: z.string(),
  unit: z.string(),
  bounds: z.string(),
  initial: settingValue,
  value: settingValue,
  decided: changeView.nullable(),
});
export type SettingView = z.infer<typeof settingView>;
export type SettingChangeView = z.infer<typeof changeView>;

export function settingRoutes(app: App, deps: RouteDeps): void {
  reading(app, deps);
  changing(app, deps);
}

function reading(app: App, { store, auth }: RouteDeps): void {
  const onRequest = auth.require("read");
  const tags = ["settings"];

  app.get(
    "/settings",
    { onRequest, schema: { tags, response: { 200: z.object({ items: z.array(settingView) }) } } },
    async () => ({
      items: (await settingStates(store)).map((row) => ({ ...row, decided: row.decided && toChange(row.decided) })),
    }),
  );

  app.get(
    "/settings/history",
    {
      onRequest,
      schema: {
        tags,
        querystring: pageQuery.extend({ key: z.string().max(64).optional() }),
        response: { 200: pageOf(changeView) },
      },
    },
    async ({ query }) => {
      const { key, limit } = query;
      const rows = await settingHistory(store, { key, before: afterOf(query), limit: limit + 1 });
      return toPage(rows, limit, ({ id }) => id, toChange);
    },
  );
}

/** Thresholds decide who is found to fall short: that is for whoever manages the centre, not for those who enter the register. */
function changing(app: App, { store, auth, applied }: RouteDeps): void {
  app.post(
    "/settings/:key",
    {
      onRequest: auth.require("admin"),
      schema: {
        tags: ["settings"],
        params: z.object({ key: z.string().max(64) }),
        body: z.object({ value: settingValue, reason: z.string().min(1).max(256), dryRun: z.boolean().optional() }),
        response: {
          200: z.object({
            record: z.int().nullable(),
            dryRun: z.boolean(),
            setting: z.object({ key: z.string(), before: settingValue, value: settingValue }),
          }),
        },
      },
    },
    (request) => {
      const { value, reason, dryRun } = request.body;
      const decider = { by: decidedBy(request), reason };
      return changeSetting({ store, applied }, { key: request.params.key, value }, decider, { dryRun });
    },
  );
}

function toChange(row: SettingRow): SettingChangeView {
  return { ...row, decidedAt: shown(row.decidedAt) };
}
