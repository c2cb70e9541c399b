/**
 * Antivirus detection as data: a rule names a product, how to recognise it, and where its dates stand. A site adds a product
 * by adding a rule (`antivirus-rules.json` in the agent's folder), not a release.
 */
import type { Confidence } from "../../../protocol/messages/fact.ts";

/** Any one of a rule's detectors says that the product is installed. */
export type Detector =
  | { kind: "path"; path: string }
  | { kind: "process"; names: readonly string[] }
  | { kind: "service"; names: readonly string[] }
  | { kind: "registry"; key: string }
  /** Display name registered with Windows Security Center; the text is a regular expression. */
  | { kind: "security-center"; pattern: string };

/** How a text stands for a date. `local` = wall clock of the PC, digits with any separators. */
export type DateFormat = "filetime" | "epoch" | "epoch-ms" | "local";

/** Where a value stands. One level of `path` or `key` may be `*`; of several matches the newest date counts. */
export type Location =
  | { kind: "registry"; key: string; value: string }
  | { kind: "ini"; path: string; key: string }
  /** The first group of the regular expression in a text file. */
  | { kind: "text"; path: string; pattern: string }
  | { kind: "json-file"; path: string; pointer: string }
  /** Output of a command of the vendor; run once a collection, however many values are read from it. */
  | { kind: "json-command"; command: string; args: readonly string[]; pointer: string };

/** Where a date stands: a written one, or one that a file's name or age gives away. */
export type DateSource = (
  | Location
  | { kind: "newest-mtime"; path: string }
  | { kind: "file-name"; path: string; pattern: string }
) & {
  format?: DateFormat;
  confidence: Confidence;
};

export interface ProductRule {
  name: string;
  platform: "linux" | "windows" | "any";
  detect: readonly Detector[];
  /** The guard: real-time protection is on only while one of these runs (or the vendor says so). */
  guard?: { processes?: readonly string[]; services?: readonly string[] };
  /** The vendor's own word about its guard, true or false. */
  protection?: Location;
  version?: Location;
  definitionsVersion?: Location;
  definitionsAt?: readonly DateSource[];
  lastScanAt?: readonly DateSource[];
  /** Reported beside the values, as it stands. */
  notes?: readonly { label: string; location: Location }[];
  /** ClamAV's binary headers and its daemon are read by their own code. */
  reader?: "clamav";
}
