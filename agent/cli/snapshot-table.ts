/** A snapshot as a readable table: label, value, evidence. Pure. */
import type { Fact } from "../../protocol/messages/fact.ts";
import type { Adapter, AntivirusProduct, Parts } from "../../protocol/messages/records/posture.ts";
import { type Label, type Language, labelOf, reasonOf } from "./labels.ts";
import type { Snapshot } from "./snapshot.ts";
import { displayWidth, padTo } from "./width.ts";

type Row = [label: string, value: string, evidence: string];

const LABEL_WIDTH_MIN = 16;
const VALUE_WIDTH_MAX = 56;

export function formatSnapshot(snapshot: Snapshot, language: Language): string {
  const words = wordsIn(language);
  const sections: [Label, Row[]][] = [
    ["identity", identityRows(snapshot.identity, words)],
    ["network", networkRows(snapshot.network, words)],
    ["antivirus", antivirusRows(snapshot.antivirus, words)],
    ["patch", patchRows(snapshot.patch, words)],
    ["power", powerRows(snapshot.power, words)],
    ["powerEvents", snapshot.powerEvents.map((event) => eventRow(event, words))],
  ];
  const rows = sections.flatMap(([, list]) => list);
  const labelWidth = Math.max(LABEL_WIDTH_MIN, ...rows.map(([label]) => displayWidth(label)));
  const valueWidth = Math.min(VALUE_WIDTH_MAX, Math.max(...rows.map(([, value]) => displayWidth(value))));
  const line = ([label, value, evidence]: Row) =>
    `  ${padTo(label, labelWidth)}  ${evidence ? padTo(value, valueWidth) : value}  ${evidence}`.trimEnd();
  const lines = sections.flatMap(([heading, list]) => ["", words.word(heading), ...list.map(line)]);
  return `${words.word("title")}  ${snapshot.at}\n${lines.join("\n")}\n`;
}

interface Words {
  word(label: Label): string;
  yesNo(value: boolean): string;
  list(items: readonly string[]): string;
  /** Value and evidence of a known fact, reason and detail of an unknown one. */
  row<T>(label: Label, fact: Fact<T>, show?: (value: T) => string): Row;
}

function wordsIn(language: Language): Words {
  const word = (label: Label) => labelOf(label, language);
  return {
    word,
    yesNo: (value) => word(value ? "yes" : "no"),
    list: (items) => items.join(", ") || word("none"),
    row(label, fact, show = String) {
      if ("value" in fact) return [word(label), show(fact.value), `${fact.source} (${fact.confidence})`];
      const evidence = [fact.detail, fact.source].filter(Boolean).join("; ");
      return [word(label), `${word("unknown")}: ${reasonOf(fact.unknown, language)}`, evidence];
    },
  };
}

function identityRows(part: Parts["identity"], { word, row, list }: Words): Row[] {
  return [
    row("hostname", part.hostname),
    row("os", part.os, ({ name, version, build }) => [name, version, build].filter(Boolean).join(" ")),
    row("hardware", part.hardware, (ids) => list(Object.entries(ids).map(([kind, id]) => `${kind} ${id}`))),
    row("users", part.users, list),
    row("timeZone", part.timeZone),
    [word("agentVersion"), part.agentVersion, ""],
  ];
}

function networkRows({ primary, adapters }: Parts["network"], words: Words): Row[] {
  return [
    words.row("primary", primary),
    words.row("adapters", adapters, (list) => String(list.length)),
    ...("value" in adapters ? adapters.value.map((adapter) => adapterRow(adapter, words)) : []),
  ];
}

function adapterRow({ name, kind, up, addresses, gateways, mac }: Adapter, { word, list }: Words): Row {
  const held = addresses.map(({ address, prefix, origin }) =>
    `${address}/${prefix} ${origin === "unknown" ? "" : word(origin)}`.trim(),
  );
  const way = gateways.length > 0 ? `${word("gateway")} ${gateways.join(", ")}` : "";
  return [`  ${name}`, list(held), [word(kind), word(up ? "up" : "down"), mac, way].filter(Boolean).join(", ")];
}

function antivirusRows({ products }: Parts["antivirus"], words: Words): Row[] {
  return [
    words.row("products", products, (list) => words.list(list.map(({ name }) => name))),
    ...("value" in products ? products.value.flatMap((product) => productRows(product, words)) : []),
  ];
}

function productRows(product: AntivirusProduct, { word, row, yesNo }: Words): Row[] {
  return [
    [`- ${product.name}`, "", ""],
    row("version", product.version),
    row("protection", product.protection, yesNo),
    row("definitionsAt", product.definitionsAt),
    row("definitionsVersion", product.definitionsVersion),
    row("definitionsCurrent", product.definitionsCurrent, yesNo),
    row("lastScanAt", product.lastScanAt),
    ...product.notes.map((note): Row => [word("notes"), note, ""]),
  ];
}

function patchRows(part: Parts["patch"], { word, row, yesNo }: Words): Row[] {
  return [
    row("level", part.level),
    row("lastInstalledAt", part.lastInstalledAt),
    row("pending", part.pending, ({ security, total, since }) => {
      const counts = `${word("security")} ${security}, ${word("total")} ${total}`;
      return since ? `${counts}, ${word("since")} ${since}` : counts;
    }),
    row("rebootRequired", part.rebootRequired, yesNo),
    row("listsAt", part.listsAt),
  ];
}

function powerRows(part: Parts["power"], { word, row, yesNo }: Words): Row[] {
  const stop = ({ clean, at }: { clean: boolean; at?: string | undefined }) =>
    [word(clean ? "clean" : "unclean"), at].filter(Boolean).join(" ");
  return [
    row("bootId", part.bootId),
    row("bootedAt", part.bootedAt),
    row("previousStop", part.previousStop, stop),
    row("fastStartup", part.fastStartup, yesNo),
  ];
}

function eventRow({ at, body }: Snapshot["powerEvents"][number], { word }: Words): Row {
  return [word(body.event), at, `${body.source}: ${body.evidence.join("; ")}`];
}
