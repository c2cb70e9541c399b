/** An operating system made of recorded outputs: what a test does not name does not exist. */
import { levelMatcher } from "../../../agent/os/glob.ts";
import { fail, type Os, type Ran } from "../../../agent/os/os.ts";

export interface Recording {
  family?: "linux" | "windows";
  nowMs?: number;
  /** Output by the beginning of a command line; the longest beginning that fits counts. */
  commands?: Record<string, string | { exitCode: number; stdout?: string; stderr?: string } | Ran>;
  /** Contents by path, text or bytes. */
  files?: Record<string, string | Uint8Array>;
  mtimes?: Record<string, number>;
  links?: Record<string, string>;
  sockets?: Record<string, string>;
  processes?: readonly string[];
  hostname?: string;
  release?: string;
  addresses?: ReturnType<Os["networkInterfaces"]>;
  routeSource?: string;
}

export const FAKE_NOW_MS = Date.parse("2026-11-23T01:00:00.000Z");

export interface FakeOs extends Os {
  /** Command lines that were run, in order. */
  ran: string[];
}

export function fakeOs(recording: Recording): FakeOs {
  const { family = "linux", files = {}, links = {}, commands = {}, mtimes = {} } = recording;
  const separator = family === "windows" ? "\\" : "/";
  const bytesOf = (path: string) => {
    const content = files[path];
    return typeof content === "string" ? new TextEncoder().encode(content) : content;
  };
  const paths = [...new Set([...Object.keys(files), ...Object.keys(links), ...Object.keys(mtimes)])];
  const exists = (path: string) => paths.some((known) => known === path || known.startsWith(path + separator));
  const ran: string[] = [];
  const readText: Os["readText"] = async (path) => {
    const bytes = bytesOf(path);
    return bytes ? { ok: true, text: new TextDecoder().decode(bytes) } : fail("not-recorded", `${path}: ENOENT`);
  };
  return {
    ran,
    family,
    now: () => recording.nowMs ?? FAKE_NOW_MS,
    async run(command, args) {
      const line = [command, ...args].join(" ");
      ran.push(line);
      const keys = Object.keys(commands).filter((known) => line.startsWith(known));
      const key = keys.sort((a, b) => b.length - a.length)[0];
      const output = key === undefined ? undefined : commands[key];
      if (output === undefined) return fail("not-installed", `${command}: ENOENT`);
      if (typeof output === "string") return { ok: true, exitCode: 0, stdout: output, stderr: "" };
      return "ok" in output ? output : { ok: true, stdout: "", stderr: "", ...output };
    },
    readText,
    readMaybeGzip: readText,
    async readHead(path, maxBytes) {
      const bytes = bytesOf(path);
      return bytes ? { ok: true, bytes: bytes.subarray(0, maxBytes) } : fail("not-recorded", `${path}: ENOENT`);
    },
    async stat(path) {
      if (!exists(path)) return fail("not-recorded", `${path}: ENOENT`);
      return {
        ok: true,
        mtimeMs: mtimes[path] ?? FAKE_NOW_MS,
        sizeBytes: bytesOf(path)?.length ?? 0,
        directory: !files[path],
      };
    },
    async readLink(path) {
      const text = links[path];
      return text === undefined ? fail("not-recorded", `${path}: ENOENT`) : { ok: true, text };
    },
    async glob(pattern) {
      const levels = pattern.split(separator).map(levelMatcher);
      const cut = (path: string) => path.split(separator).slice(0, levels.length).join(separator);
      const candidates = [...new Set(paths.map(cut))];
      return candidates
        .filter((path) => {
          const parts = path.split(separator);
          return parts.length === levels.length && parts.every((part, index) => levels[index]?.(part));
        })
        .sort();
    },
    env: () => undefined,
    hostname: () => recording.hostname ?? "pc-01",
    release: () => recording.release ?? "6.1.0-28-amd64",
    networkInterfaces: () => recording.addresses ?? [],
    async processes() {
      return { ok: true, entries: (recording.processes ?? []).map((name, index) => ({ pid: index + 1, name })) };
    },
    async ask(socketPath) {
      const text = recording.sockets?.[socketPath];
      return text === undefined ? fail("not-running", `${socketPath}: ENOENT`) : { ok: true, text };
    },
    async sourceAddressTo(host) {
      const { routeSource } = recording;
      return routeSource ? { ok: true, text: routeSource } : fail("not-recorded", `route to ${host}: ENETUNREACH`);
    },
  };
}
