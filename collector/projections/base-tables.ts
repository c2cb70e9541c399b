/** The twins of the projected tables that hold the base, and how they are read and written in the live ones' place. */
import {
  CompiledQuery,
  IdentifierNode,
  type KyselyPlugin,
  OperationNodeTransformer,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type SchemableIdentifierNode,
  type Transaction,
} from "kysely";
import type { Target } from "../store/bulk.ts";
import type { Database } from "../store/schema.ts";
import {
  ALERT,
  CLOCK,
  FINDING,
  FINDING_EVENT,
  IP_GRANT,
  MACHINE,
  PC,
  PROJECTION_STATE,
  SETTING,
  VERDICT,
} from "./tables.ts";

const PREFIX = "base_";

/** Everything that the projections remember. Not `punch`: punches and decisions are never removed, and each row follows from them alone. */
const BASED: readonly Target[] = [
  PC,
  IP_GRANT,
  MACHINE,
  CLOCK,
  VERDICT,
  SETTING,
  FINDING,
  FINDING_EVENT,
  ALERT,
  PROJECTION_STATE,
];
const NAMES = new Set<string>(BASED.map(({ table }) => table));

/** Where the base keeps what the live tables keep at `target`. */
export function twinOf(target: Target): Target {
  return { ...target, table: `${PREFIX}${target.table}` as Target["table"] };
}

/** Queries see the base's tables in place of the live ones. */
export class BaseTables extends OperationNodeTransformer implements KyselyPlugin {
  transformQuery({ node, queryId }: PluginTransformQueryArgs) {
    return this.transformNode(node, queryId);
  }

  async transformResult({ result }: PluginTransformResultArgs) {
    return result;
  }

  protected override transformSchemableIdentifier(node: SchemableIdentifierNode): SchemableIdentifierNode {
    const { name } = node.identifier;
    return NAMES.has(name) ? { ...node, identifier: IdentifierNode.create(PREFIX + name) } : node;
  }
}

/** Puts the base into the live tables, which are empty. */
export async function copyBase(tx: Transaction<Database>): Promise<void> {
  for (const target of BASED) {
    const columns = target.columns.map((column) => `"${column}"`).join(", ");
    const text = `insert into "${target.table}" (${columns}) select ${columns} from "${twinOf(target).table}"`;
    await tx.executeQuery(CompiledQuery.raw(text));
  }
}
