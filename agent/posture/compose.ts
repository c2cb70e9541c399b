/** A posture record: parts that the centre was already told travel as their hash. Pure. */
import type { PartName, Parts, PostureBody } from "../../protocol/messages/records/posture.ts";
import type { Collected } from "../probes/collector.ts";
import { hashPart } from "./hash.ts";
import { PART_NAMES } from "./part-names.ts";

export type AllParts = { [Name in PartName]: Collected<Name> };
/** Hash of each part as the centre was last told it. */
export type Told = Partial<Record<PartName, string>>;

export interface Composed {
  body: PostureBody;
  /** What the centre knows once this record is committed. */
  told: Told;
  /** Parts that travel whole. */
  whole: PartName[];
}

export function composePosture(reason: PostureBody["reason"], parts: AllParts, told: Told): Composed {
  const hashes = Object.fromEntries(PART_NAMES.map((name) => [name, hashPart(parts[name].content)])) as Record<
    PartName,
    string
  >;
  const whole = PART_NAMES.filter((name) => told[name] !== hashes[name]);
  const part = <Name extends PartName>(name: Name) => {
    const { collectedAt, content } = parts[name];
    return { hash: hashes[name], collectedAt, ...(whole.includes(name) && { content: content as Parts[Name] }) };
  };
  const body: PostureBody = {
    reason,
    identity: part("identity"),
    network: part("network"),
    antivirus: part("antivirus"),
    patch: part("patch"),
    power: part("power"),
  };
  return { body, told: hashes, whole };
}
