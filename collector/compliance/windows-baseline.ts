/**
 * The least update revision (UBR) of each Windows build that counts as patched: a floor taken from published cumulative
 * updates, to be raised by the site. A build that is not listed has no verdict.
 */
export const WINDOWS_BASELINE: Readonly<Record<string, number>> = {
  // Windows 10 LTSC 2019 and Server 2019: October 2025, KB5066586.
  "17763": 7919,
  // Windows 10 LTSC 2021 and 22H2: October 2025, KB5066791, the last one without extended support.
  "19044": 6456,
  "19045": 6456,
  // Server 2022: April 2026, KB5082142.
  "20348": 5020,
  // Windows 11 23H2: April 2026, KB5082052.
  "22631": 6936,
  // Windows 11 24H2 and 25H2: April 2026, KB5083769.
  "26100": 8246,
  "26200": 8246,
};
