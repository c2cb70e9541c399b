/** Reads what a Linux PC has recorded of its boots. */
import { fail, type Os, type Outcome } from "../../os/os.ts";
import { type Boot, foldHistory } from "./history.ts";
import { type JournalBoot, type JournalEnd, judgeEnd, parseEntries, parseListBoots } from "./journal.ts";
import { parseLast, type WtmpEntry } from "./last.ts";

const UTC = { env: { TZ: "UTC" } };
const JOURNAL_TIMEOUT_MS = 15_000;
const WTMP_ENTRIES_MAX = 128;
/** Ends are looked up for this many boots before the running one. */
const ENDS_MAX = 4;
const END_LINES = 40;
const FIELDS = "--output-fields=MESSAGE,MESSAGE_ID,SYSLOG_IDENTIFIER";

export async function readLinuxHistory(os: Os): Promise<Outcome<{ boots: Boot[] }>> {
  const current = await readCurrentBoot(os);
  if (!current.ok) return current;
  const journal = await readJournalBoots(os);
  const ends = await readEnds(
    os,
    journal.filter(({ bootId }) => bootId !== current.bootId),
  );
  return { ok: true, boots: foldHistory({ current, wtmp: await readWtmp(os), journal, ends }) };
}

async function readCurrentBoot(os: Os): Promise<Outcome<{ bootId: string; startedMs: number }>> {
  const id = await os.readText("/proc/sys/kernel/random/boot_id");
  if (!id.ok) return id;
  const stat = await os.readText("/proc/stat");
  if (!stat.ok) return stat;
  const seconds = /^btime (\d+)$/m.exec(stat.text)?.[1];
  if (!seconds) return fail("unreadable", "/proc/stat: no btime");
  return { ok: true, bootId: id.text.trim().replaceAll("-", ""), startedMs: Number(seconds) * 1000 };
}

async function readWtmp(os: Os): Promise<WtmpEntry[]> {
  const ran = await os.run("last", ["-xF", "-n", String(WTMP_ENTRIES_MAX), "reboot", "shutdown"], UTC);
  return ran.ok && ran.exitCode === 0 ? parseLast(ran.stdout) : [];
}

async function readJournalBoots(os: Os): Promise<JournalBoot[]> {
  const ran = await os.run("journalctl", ["--list-boots", "-q", "-o", "json"], {
    ...UTC,
    timeoutMs: JOURNAL_TIMEOUT_MS,
  });
  return ran.ok && ran.exitCode === 0 ? parseListBoots(ran.stdout) : [];
}

async function readEnds(os: Os, boots: readonly JournalBoot[]): Promise<Map<string, JournalEnd>> {
  const ends = new Map<string, JournalEnd>();
  for (const { bootId } of boots.slice(-ENDS_MAX)) {
    const args = ["-b", bootId, "-n", String(END_LINES), "-q", "-o", "json", FIELDS];
    const ran = await os.run("journalctl", args, { timeoutMs: JOURNAL_TIMEOUT_MS });
    const entries = ran.ok && ran.exitCode === 0 ? parseEntries(ran.stdout) : [];
    if (entries.length > 0) ends.set(bootId, judgeEnd(entries));
  }
  return ends;
}
