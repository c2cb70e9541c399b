/** EF01 packets from public manuals and captures (ZFM-20, R503), written without the leading `EF 01 FF FF FF FF`. */
import type { CommandName, Confirmation } from "../../../../protocol/clock/ef01/commands.ts";

export const PREFIX = "EF 01 FF FF FF FF ";

interface CommandVector {
  meaning: string;
  hex: string;
  command: CommandName;
  data: number[];
}

export const COMMAND_VECTORS: CommandVector[] = [
  { meaning: "read parameters", hex: "01 00 03 0F 00 13", command: "readParameters", data: [] },
  { meaning: "capture", hex: "01 00 03 01 00 05", command: "capture", data: [] },
  { meaning: "image to features, buffer 1", hex: "01 00 04 02 01 00 08", command: "toFeatures", data: [1] },
  { meaning: "image to features, buffer 2", hex: "01 00 04 02 02 00 09", command: "toFeatures", data: [2] },
  {
    meaning: "search buffer 1, 16 pages from 1",
    hex: "01 00 08 04 01 00 01 00 10 00 1F",
    command: "search",
    data: [1, 0, 1, 0, 16],
  },
  { meaning: "count", hex: "01 00 03 1D 00 21", command: "count", data: [] },
  { meaning: "build template", hex: "01 00 03 05 00 09", command: "buildTemplate", data: [] },
  { meaning: "store buffer 1 at page 0", hex: "01 00 06 06 01 00 00 00 0E", command: "store", data: [1, 0, 0] },
  { meaning: "delete id 1", hex: "01 00 07 0C 00 01 00 01 00 16", command: "remove", data: [0, 1, 0, 1] },
  { meaning: "empty", hex: "01 00 03 0D 00 11", command: "empty", data: [] },
  {
    meaning: "cyan light, breathing for ever (R503 manual)",
    hex: "01 00 07 35 01 50 06 00 00 94",
    command: "light",
    data: [1, 0x50, 6, 0],
  },
];

interface AcknowledgementVector {
  meaning: string;
  hex: string;
  confirmation: Confirmation;
  data: number[];
}

export const ACKNOWLEDGEMENT_VECTORS: AcknowledgementVector[] = [
  {
    meaning: "parameters: library 100, security 3, 128 bytes, N = 6",
    hex: "07 00 13 00 00 0C 2E C8 00 64 00 03 FF FF FF FF 00 02 00 06 05 87",
    confirmation: "ok",
    data: [0x00, 0x0c, 0x2e, 0xc8, 0x00, 0x64, 0x00, 0x03, 0xff, 0xff, 0xff, 0xff, 0x00, 0x02, 0x00, 0x06],
  },
  { meaning: "done", hex: "07 00 03 00 00 0A", confirmation: "ok", data: [] },
  { meaning: "no finger", hex: "07 00 03 02 00 0C", confirmation: "noFinger", data: [] },
  {
    meaning: "found on page 1, score 80",
    hex: "07 00 07 00 00 01 00 50 00 5F",
    confirmation: "ok",
    data: [0, 1, 0, 0x50],
  },
  { meaning: "not found", hex: "07 00 07 09 00 00 00 00 00 17", confirmation: "notFound", data: [0, 0, 0, 0] },
  { meaning: "one template", hex: "07 00 05 00 00 01 00 0D", confirmation: "ok", data: [0, 1] },
];

/** What is wrong, the whole packet, the code. */
export const BROKEN_PACKETS: [string, string, string][] = [
  ["a changed bit", `${PREFIX}01 00 03 1D 00 20`, "bad-sum"],
  ["a cut end", `${PREFIX}01 00 03 1D 00`, "truncated"],
  ["a byte too many", `${PREFIX}01 00 03 1D 00 21 00`, "trailing-bytes"],
  ["no start", "55", "no-start"],
  ["a length below its own sum", `${PREFIX}01 00 01 1D 00 21`, "bad-length"],
  ["a length that no module sends", `${PREFIX}01 FF FF 1D 00 21`, "bad-length"],
  ["an unknown packet type", `${PREFIX}03 00 03 1D 00 23`, "unknown-type"],
];
