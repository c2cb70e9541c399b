/** Settings as they stand, and every change of them. */

import { SETTINGS, type SettingValue } from "../../registry/settings.ts";
import type { Store } from "../../store/port.ts";

export interface SettingRow {
  id: number;
  key: string;
  value: SettingValue;
  decidedAt: number;
  decidedBy: string;
  reason: string;
}

export interface SettingState {
  key: string;
  title: { zh: string; en: string };
  article: string;
  unit: string;
  bounds: string;
  initial: SettingValue;
  value: SettingValue;
  /** The decision that it stands by; null at its initial value. */
  decided: SettingRow | null;
}

/** All settings, in the order of their table. */
export async function settingStates(store: Store): Promise<SettingState[]> {
  const last = new Map<string, SettingRow>();
  for (const row of await rowsOf(store, {}).orderBy("id").execute()) last.set(row.key, toRow(row));
  return SETTINGS.map(({ schema: _schema, ...setting }) => {
    const decided = last.get(setting.key) ?? null;
    return { ...setting, value: decided ? decided.value : setting.initial, decided };
  });
}

/** Changes, newest first. `before`: only those with a lesser id. */
export async function settingHistory(
  store: Store,
  { key, before, limit }: { key?: string | undefined; before?: number | undefined; limit: number },
): Promise<SettingRow[]> {
  let select = rowsOf(store, { key });
  if (before !== undefined) select = select.where("id", "<", before);
  return (await select.orderBy("id", "desc").limit(limit).execute()).map(toRow);
}

function rowsOf(store: Store, { key }: { key?: string | undefined }) {
  const select = store.read.selectFrom("setting").selectAll();
  return key === undefined ? select : select.where("key", "=", key);
}

type Stored = Awaited<ReturnType<ReturnType<typeof rowsOf>["execute"]>>[number];

function toRow({ id, key, value, decided_at, decided_by, reason }: Stored): SettingRow {
  return { id, key, value: JSON.parse(value), decidedAt: decided_at, decidedBy: decided_by, reason };
}
