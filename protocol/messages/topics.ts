/** The five topics of a source: building, parsing and wildcard filters. Free of zod, so that agents stay small. */
import { BUCKET_PATTERN, bucketOf, NAME_PATTERN } from "./names.ts";

export const TOPIC_ROOT = "dianmao/v1";

/** What a source may publish; `ack` and `down` are what it may read. */
export const UPWARD_CHANNELS = ["up", "hello", "status"] as const;
export const DOWNWARD_CHANNELS = ["ack", "down"] as const;
export const CHANNELS = [...UPWARD_CHANNELS, ...DOWNWARD_CHANNELS] as const;
export type Channel = (typeof CHANNELS)[number];

export interface SourceAddress {
  bucket: string;
  site: string;
  source: string;
}

export interface ParsedTopic extends SourceAddress {
  channel: Channel;
}

export function addressOf(site: string, source: string): SourceAddress {
  return { bucket: bucketOf(source), site, source };
}

export function formatTopic({ bucket, site, source }: SourceAddress, channel: Channel): string {
  return `${TOPIC_ROOT}/${bucket}/${site}/${source}/${channel}`;
}

/** Parses a topic of the contract; undefined for anything else, a bucket that is not the source's own included. */
export function parseTopic(topic: string): ParsedTopic | undefined {
  const [root, version, bucket, site, source, channel, ...rest] = topic.split("/");
  if (`${root}/${version}` !== TOPIC_ROOT || rest.length > 0) return undefined;
  if (!bucket || !site || !source || !channel) return undefined;
  if (!BUCKET_PATTERN.test(bucket) || !NAME_PATTERN.test(site) || !NAME_PATTERN.test(source)) return undefined;
  if (!isChannel(channel) || bucketOf(source) !== bucket) return undefined;
  return { bucket, site, source, channel };
}

/** The filter by which the centre reads one channel of all sources (of one bucket, if named). */
export function centreFilter(channel: Channel, bucket = "+"): string {
  return `${TOPIC_ROOT}/${bucket}/+/+/${channel}`;
}

function isChannel(text: string): text is Channel {
  return (CHANNELS as readonly string[]).includes(text);
}
