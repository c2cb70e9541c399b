/** Who may do what at the broker: a source publishes to its own `up`, `hello`, `status` and reads its own `ack` and `down`. Pure. */
import { DOWNWARD_CHANNELS, type ParsedTopic, parseTopic, UPWARD_CHANNELS } from "../../../protocol/messages/topics.ts";

export interface ClientIdentity {
  source: string;
  site: string;
}

export type Refusal =
  | "topic-unknown"
  | "topic-of-another"
  | "channel-not-allowed"
  | "retain-not-allowed"
  | "qos-not-allowed"
  | "clean-session-required"
  | "client-id-not-own"
  | "will-not-allowed"
  | "keepalive-out-of-range";

export type Verdict<T> = { ok: true; value: T } | { ok: false; code: Refusal };

interface Message {
  topic: string;
  qos: number;
  retain: boolean;
}

export function judgePublish({ topic, qos, retain }: Message, identity: ClientIdentity): Verdict<ParsedTopic> {
  const own = judgeTopic(topic, identity, UPWARD_CHANNELS);
  if (!own.ok) return own;
  if (qos > 1) return { ok: false, code: "qos-not-allowed" };
  if (retain && own.value.channel !== "status") return { ok: false, code: "retain-not-allowed" };
  return own;
}

export function judgeSubscribe(topic: string, qos: number, identity: ClientIdentity): Verdict<ParsedTopic> {
  const own = judgeTopic(topic, identity, DOWNWARD_CHANNELS);
  return own.ok && qos > 1 ? { ok: false, code: "qos-not-allowed" } : own;
}

export interface ConnectRequest {
  clientId: string;
  clean: boolean;
  keepalive: number;
  will?: Message | undefined;
}

/** `identity` is what the certificate says; the client id may add a suffix, so that a source can have several connections. */
export function judgeConnect(
  { clientId, clean, keepalive, will }: ConnectRequest,
  identity: ClientIdentity,
  keepaliveSecondsMax: number,
): Verdict<null> {
  if (!clean) return { ok: false, code: "clean-session-required" };
  if (clientId !== identity.source && !clientId.startsWith(`${identity.source}/`)) {
    return { ok: false, code: "client-id-not-own" };
  }
  if (keepalive === 0 || keepalive > keepaliveSecondsMax) return { ok: false, code: "keepalive-out-of-range" };
  if (will) {
    const judged = judgePublish(will, identity);
    if (!judged.ok || judged.value.channel !== "status") return { ok: false, code: "will-not-allowed" };
  }
  return { ok: true, value: null };
}

/** Own topics that were parsed once: hashing the source for its bucket costs more than all the rest of a publish here. */
const OWN_TOPICS = new WeakMap<ClientIdentity, Map<string, ParsedTopic>>();

function judgeTopic(topic: string, identity: ClientIdentity, channels: readonly string[]): Verdict<ParsedTopic> {
  const own = OWN_TOPICS.get(identity) ?? new Map<string, ParsedTopic>();
  const parsed = own.get(topic) ?? parseTopic(topic);
  if (parsed === undefined) return { ok: false, code: "topic-unknown" };
  if (parsed.source !== identity.source || parsed.site !== identity.site)
    return { ok: false, code: "topic-of-another" };
  OWN_TOPICS.set(identity, own.set(topic, parsed));
  if (!channels.includes(parsed.channel)) return { ok: false, code: "channel-not-allowed" };
  return { ok: true, value: parsed };
}
