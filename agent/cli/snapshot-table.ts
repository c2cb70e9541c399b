/** A snapshot as a readable table: label, value, evidence. Pure. */
import type { Fact } from "../../protocol/messages/fact.ts";
import type { Adapter, AntivirusProduct } from "../../protocol/messages/records/posture.ts";
import { type Label, type Language, labelOf, reasonOf } from "./labels.ts";
import type { Snapshot } from "./snapshot.ts";
import { displayWidth, padTo } from "./width.ts";

type Row = [label: string, value: string, evidence: string];

const LABEL_WIDTH_MIN = 16;
const VALUE_WIDTH_MAX = 56;

export function formatSnapshot(snapshot: Snapshot, language: Language): string {
  const sections = sectionsOf(snapshot, (label) => labelOf(label, language), language);
  const rows = sections.flatMap(([, list]) => list);
  const labelWidth = Math.max(LABEL_WIDTH_MIN, ...rows.map(([label]) => displayWidth(label)));
  const valueWidth = Math.min(VALUE_WIDTH_MAX, Math.max(...rows.map(([, value]) => displayWidth(value))));
  const lines = sections.flatMap(([heading, list]) => [
    "",
    heading,
    ...list.map(([label, value, evidence]) =>
      `  ${padTo(label, labelWidth)}  ${evidence ? padTo(value, valueWidth) : value}  ${evidence}`.trimEnd(),
    ),
  ]);
  return `${labelOf("title", language)}  ${snapshot.at}\n${lines.join("\n")}\n`;
}

type Word = (label: Label) => string;

function sectionsOf(snapshot: Snapshot, word: Word, language: Language): [string, Row[]][] {
  const row = <T>(label: Label, fact: Fact<T>, show: (value: T) => string = String): Row =>
    "value" in fact
      ? [word(label), show(fact.value), `${fact.source} (${fact.confidence})`]
      : [
          word(label),
          `${word("unknown")}: ${reasonOf(fact.unknown, language)}`,
          [fact.detail, fact.source].filter(Boolean).join("; "),
        ];
  const yesNo = (value: boolean) => word(value ? "yes" : "no");
  const list = (items: readonly string[]) => items.join(", ") || word("none");
  const { identity, network, antivirus, patch, power, powerEvents } = snapshot;
  return [
    [
      word("identity"),
      [
        row("hostname", identity.hostname),
        row("os", identity.os, (os) => [os.name, os.version, os.build].filter(Boolean).join(" ")),
        row("hardware", identity.hardware, (ids) => list(Object.entries(ids).map(([kind, id]) => `${kind} ${id}`))),
        row("users", identity.users, list),
        row("timeZone", identity.timeZone),
        [word("agentVersion"), identity.agentVersion, ""],
      ],
    ],
    [
      word("network"),
      [
        row("primary", network.primary),
        row("adapters", network.adapters, (adapters) => String(adapters.length)),
        ...("value" in network.adapters ? network.adapters.value.map((adapter) => adapterRow(adapter, word)) : []),
      ],
    ],
    [
      word("antivirus"),
      [
        row("products", antivirus.products, (products) => list(products.map(({ name }) => name))),
        ...("value" in antivirus.products
          ? antivirus.products.value.flatMap((product) => productRows(product, row, yesNo, word))
          : []),
      ],
    ],
    [
      word("patch"),
      [
        row("level", patch.level),
        row("lastInstalledAt", patch.lastInstalledAt),
        row("pending", patch.pending, ({ security, total, since }) =>
          [`${word("security")} ${security}, ${word("total")} ${total}`, since && `${word("since")} ${since}`]
            .filter(Boolean)
            .join(", "),
        ),
        row("rebootRequired", patch.rebootRequired, yesNo),
        row("listsAt", patch.listsAt),
      ],
    ],
    [
      word("power"),
      [
        row("bootId", power.bootId),
        row("bootedAt", power.bootedAt),
        row("previousStop", power.previousStop, ({ clean, at }) =>
          [word(clean ? "clean" : "unclean"), at].filter(Boolean).join(" "),
        ),
        row("fastStartup", power.fastStartup, yesNo),
      ],
    ],
    [
      word("powerEvents"),
      powerEvents.map(({ at, body }): Row => [word(body.event), at, `${body.source}: ${body.evidence.join("; ")}`]),
    ],
  ];
}

function adapterRow({ name, kind, up, addresses, gateways, mac }: Adapter, word: Word): Row {
  const kindWord = kind === "unknown" ? word("unknown") : word(kind);
  const held = addresses.map(({ address, prefix, origin }) =>
    `${address}/${prefix} ${origin === "unknown" ? "" : word(origin)}`.trim(),
  );
  const way = gateways.length > 0 ? `${word("gateway")} ${gateways.join(", ")}` : "";
  return [
    `  ${name}`,
    held.join(", ") || word("none"),
    [kindWord, word(up ? "up" : "down"), mac, way].filter(Boolean).join(", "),
  ];
}

type RowOf = <T>(label: Label, fact: Fact<T>, show?: (value: T) => string) => Row;

function productRows(product: AntivirusProduct, row: RowOf, yesNo: (value: boolean) => string, word: Word): Row[] {
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
