/** JSON Schema (draft 2020-12) of every message of the contract, generated from the zod schemas that rule. */
import * as z from "zod";
import { enrolmentGranted, enrolmentRequest, enrolmentWaiting, renewalRequest } from "./enrolment.ts";
import { ack, batch, commandMessage, hello, recordEnvelope, settingsMessage, status } from "./envelope.ts";
import { instant } from "./primitives.ts";
import { RECORD_BODIES } from "./records.ts";

const MESSAGES: Record<string, z.ZodType> = {
  "message-up": batch,
  "message-hello": hello,
  "message-status": status,
  "message-ack": ack,
  "message-down-settings": settingsMessage,
  "message-down-command": commandMessage,
  record: recordEnvelope,
  "enrolment-request": enrolmentRequest,
  "enrolment-granted": enrolmentGranted,
  "enrolment-waiting": enrolmentWaiting,
  "renewal-request": renewalRequest,
};

/** File name (without `.schema.json`) -> JSON Schema; one for each message and one for each kind of record. */
export function contractSchemas(): Record<string, object> {
  const records = Object.entries(RECORD_BODIES).map(([kind, body]): [string, z.ZodType] => [
    `record-${kind}`,
    z.object({ kind: z.literal(kind), at: instant, body }),
  ]);
  const all = [...Object.entries(MESSAGES), ...records];
  return Object.fromEntries(all.map(([title, schema]) => [title, toSchema(title, schema)]));
}

function toSchema(title: string, schema: z.ZodType): object {
  return { title: `dianmao/v1 ${title}`, ...z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) };
}
