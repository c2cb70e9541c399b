/** ZKTeco TCP packets from public captures. */
export const PACKET_VECTORS = [
  {
    meaning: "connect",
    hex: "5050827D08000000E80316FC00000100",
    packet: { command: 1000, session: 0, reply: 1, data: "" },
  },
  {
    meaning: "connected, session 6BA0",
    hex: "5050827D08000000D0078E8CA06B0100",
    packet: { command: 2000, session: 0x6ba0, reply: 1, data: "" },
  },
  {
    meaning: 'push: user "22", 2018-12-17 01:04:17',
    hex: "5050827D28000000F401ADAD010003003232000000000000000000000000000000000000000000000100120C11010411",
    packet: {
      command: 500,
      session: 1,
      reply: 3,
      data: "32 32 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 12 0C 11 01 04 11",
    },
  },
  {
    meaning: "ask option ~OS",
    hex: "5050827D0C0000000B0058EFC5C005007E4F5300",
    packet: { command: 11, session: 0xc0c5, reply: 5, data: "7E 4F 53 00" },
  },
];

export const BROKEN_PACKETS: [string, string, string][] = [
  ["a changed bit", "5050827D08000000E80317FC00000100", "bad-checksum"],
  ["a cut end", "5050827D08000000E80316FC000001", "truncated"],
  ["a cut start", "5050", "truncated"],
  ["a byte too many", "5050827D08000000E80316FC0000010000", "trailing-bytes"],
  ["another protocol", "474554202F", "no-start"],
  ["a size below its header", "5050827D07000000E80316FC000001", "bad-size"],
  ["a size that no terminal sends", "5050827DFFFFFF7FE80316FC00000100", "bad-size"],
];

/** 1024, 2018-06-25 17:50:35 (the time of a public capture), verified by 15, key 4: as Python's struct packs them by pyzk's formats. */
export const ENTRY_VECTORS = [
  { format: "<HB4sB", size: 8, workCode: 0, hex: "00 04 0F 6B B3 68 23 04" },
  { format: "<I4sBB2sI", size: 16, workCode: 7, hex: "00 04 00 00 6B B3 68 23 0F 04 00 00 07 00 00 00" },
  {
    format: "<H24sB4sB8s",
    size: 40,
    workCode: 0,
    hex: "00 00 31 30 32 34 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 0F 6B B3 68 23 04 00 00 00 00 00 00 00 00",
  },
] as const;

/** The same punch as older firmware pushes it; pyzk's format `<IBB6s`. */
export const OLD_PUSH_HEX = "00 04 00 00 0F 04 12 06 19 11 32 23";

/** An administrator with the password 31337 (`<HB5s8sIxBhI`), and a user without one (`<HB8s24sIx7sx24s`); both formats pyzk's. */
export const USER_28_HEX = "07 00 0E 33 31 33 33 37 D5 C5 C8 FD 00 00 00 00 40 E2 01 00 00 01 00 00 00 04 00 00";
export const USER_72_HEX =
  "07 00 00 00 00 00 00 00 00 00 00 D5 C5 C8 FD 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 40 E2 01 00 00 00 00 00 00 00 00 00 00 31 30 32 34 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";

/** Users as they are written: without a password, a card or a privilege. pyzk's formats `HB5s8sIxBHI` and `HB8s24s4sx7sx24s`. */
export const WRITTEN_USERS = [
  { size: 28, hex: "08 00 00 00 00 00 00 00 D5 C5 C8 FD 00 00 00 00 00 00 00 00 00 00 00 00 01 04 00 00" },
  {
    size: 72,
    hex: "08 00 00 00 00 00 00 00 00 00 00 D5 C5 C8 FD 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 31 30 32 35 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
  },
] as const;
