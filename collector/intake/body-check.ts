/**
 * Whether a record's body is what the contract asks of its kind. Most are: compiled from the contract's JSON Schema, saying so costs
 * a seventh of what it costs to ask zod, which rules and is asked about everything else.
 */
import { Ajv2020, type AnySchema, type ValidateFunction } from "ajv/dist/2020.js";
import * as z from "zod";
import { instant, parseInstant } from "../../protocol/messages/primitives.ts";
import { RECORD_BODIES, type RecordKind } from "../../protocol/messages/records.ts";

const INSTANT_FORMAT = "instant";

const ajv = new Ajv2020({
  formats: { [INSTANT_FORMAT]: (text: string) => !Number.isNaN(parseInstant(text)) },
  // As zod counts: UTF-16 code units, not characters. Ajv would rather not be asked for it, and says so at each start.
  unicode: false,
  logger: false,
  // Unions of types are what a fact's value is.
  allowUnionTypes: true,
});

const compiled = new Map<RecordKind, ValidateFunction>();

/** Undefined when the body is right, what is wrong with it otherwise. Compiles the kind's schema at its first record. */
export function bodyError(kind: RecordKind, body: unknown): z.ZodError | undefined {
  const isRight = compiled.get(kind) ?? compile(kind);
  return isRight(body) ? undefined : RECORD_BODIES[kind].safeParse(body).error;
}

function compile(kind: RecordKind): ValidateFunction {
  const validate = ajv.compile(schemaOf(kind));
  compiled.set(kind, validate);
  return validate;
}

/** JSON Schema has no word for "a date that exists", which is all that zod asks beyond it. */
function schemaOf(kind: RecordKind): AnySchema {
  return z.toJSONSchema(RECORD_BODIES[kind] as z.ZodType, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === instant) jsonSchema.format = INSTANT_FORMAT;
    },
  });
}
