/** An officer changes a setting: checked against its bounds and against the others, and appended to the log. */
import { AppError } from "../../protocol/errors.ts";
import { settingsNow } from "./present.ts";
import { type Decided, type DecideOptions, type Decider, decide, type RegistryDeps } from "./registry.ts";
import { contradiction, type SettingValue, settingOf } from "./settings.ts";

export interface SettingChange {
  key: string;
  before: SettingValue;
  value: SettingValue;
}

/**
 * PCs are judged by it from the moment of the decision, attendance from the next day of the site on: what was judged stays as it
 * was judged (WG 26). Rejects with AppError `unknown-setting`, `bad-request` (out of its bounds), `settings-contradict`,
 * `reason-required`, `already-set`.
 */
export async function changeSetting(
  deps: RegistryDeps,
  { key, value }: { key: string; value: SettingValue },
  { by, reason }: Decider,
  options: DecideOptions = {},
): Promise<Decided & { setting: SettingChange }> {
  const setting = settingOf(key);
  if (!setting) throw new AppError("unknown-setting", `there is no setting ${key}`);
  if (!setting.schema.safeParse(value).success)
    throw new AppError("bad-request", `${key} takes ${setting.bounds}, not ${JSON.stringify(value)}`);
  if (!reason) throw new AppError("reason-required", "say why the setting is changed");
  return await decide(deps, options, async (tx) => {
    const values = await settingsNow(tx);
    const before = values[key] ?? setting.initial;
    if (before === value) throw new AppError("already-set", `${key} is ${JSON.stringify(value)} already`);
    const fault = contradiction({ ...values, [key]: value });
    if (fault !== undefined) throw new AppError("settings-contradict", fault);
    return {
      decision: { kind: "setting.changed", body: { key, value, by, reason } },
      view: { setting: { key, before, value } },
    };
  });
}
