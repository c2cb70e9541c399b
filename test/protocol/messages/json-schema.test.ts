import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { contractSchemas } from "../../../protocol/messages/json-schema.ts";

const folder = new URL("../../../docs/contract/", import.meta.url);

test("docs/contract holds exactly the schemas that the code generates", () => {
  const files = readdirSync(folder).filter((file) => file.endsWith(".schema.json"));
  const published = Object.fromEntries(
    files.map((file) => [file.replace(".schema.json", ""), JSON.parse(readFileSync(new URL(file, folder), "utf8"))]),
  );

  expect(published, "run `npm run contract` after changing protocol/messages").toEqual(
    JSON.parse(JSON.stringify(contractSchemas())),
  );
});
