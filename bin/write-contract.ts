/** Writes docs/contract/*.schema.json from the schemas; run after a change of protocol/messages (`npm run contract`). */
import { mkdirSync, writeFileSync } from "node:fs";
import { contractSchemas } from "../protocol/messages/json-schema.ts";

const folder = new URL("../docs/contract/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, schema] of Object.entries(contractSchemas())) {
  writeFileSync(new URL(`${name}.schema.json`, folder), `${JSON.stringify(schema, null, 2)}\n`);
  console.log(`docs/contract/${name}.schema.json`);
}
