/** apt's `history.log`: when packages were last upgraded. Pure. */

/**
 * Wall-clock time of the last stanza that upgraded something and did not fail, as [year, month, day, hour, minute, second].
 * Stanzas are `Start-Date: 2026-11-24  08:26:13`, `Upgrade: ...`, `End-Date: ...`; a failed one has `Error:`.
 */
export function lastUpgrade(text: string): number[] | undefined {
  for (const stanza of text.split(/\n\s*\n/).reverse()) {
    if (!/^Upgrade: /m.test(stanza) || /^Error: /m.test(stanza)) continue;
    const end = /^End-Date: (\d{4})-(\d{2})-(\d{2}) +(\d{2}):(\d{2}):(\d{2})/m.exec(stanza);
    if (end) return end.slice(1).map(Number);
  }
  return undefined;
}

/** `history.log`, `history.log.1.gz`, `history.log.2.gz`: newest first. */
export function newestFirst(paths: readonly string[]): string[] {
  const rotation = (path: string) => Number(/\.log\.(\d+)/.exec(path)?.[1] ?? 0);
  return [...paths].sort((a, b) => rotation(a) - rotation(b));
}
