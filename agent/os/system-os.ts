/** The real operating system behind the `Os` interface: thin calls only, no parsing. */
import { type FileHandle, open, readFile, readlink, stat } from "node:fs/promises";
import { hostname, networkInterfaces, release } from "node:os";
import { gunzipSync } from "node:zlib";
import { decodeConsole } from "./decode-console.ts";
import { failureOf } from "./errno.ts";
import { globPaths } from "./glob.ts";
import { askSocket, sourceAddressTo } from "./local-socket.ts";
import { FILE_BYTES_MAX, fail, type HostAddress, type Os, type ReadBytes, type ReadText } from "./os.ts";
import { linuxProcesses, windowsProcesses } from "./processes.ts";
import { runCommand } from "./run-command.ts";

export function systemOs(now: () => number = Date.now): Os {
  const windows = process.platform === "win32";
  return {
    family: windows ? "windows" : "linux",
    now,
    run: runCommand,
    readText,
    readHead,
    readMaybeGzip,
    async stat(path) {
      try {
        const facts = await stat(path);
        return { ok: true, mtimeMs: facts.mtimeMs, sizeBytes: facts.size, directory: facts.isDirectory() };
      } catch (error) {
        return failureOf(error, path);
      }
    },
    async readLink(path) {
      try {
        return { ok: true, text: await readlink(path) };
      } catch (error) {
        return failureOf(error, path);
      }
    },
    glob: (pattern) => globPaths(pattern, windows ? "\\" : "/"),
    env: (name) => process.env[name],
    hostname,
    release,
    networkInterfaces: hostAddresses,
    processes: windows ? windowsProcesses : linuxProcesses,
    ask: askSocket,
    sourceAddressTo,
  };
}

async function readHead(path: string, maxBytes: number): Promise<ReadBytes> {
  try {
    const file = await open(path, "r");
    try {
      return { ok: true, bytes: await readUpTo(file, maxBytes) };
    } finally {
      await file.close();
    }
  } catch (error) {
    return failureOf(error, path);
  }
}

/** Files under /proc and /sys say that they are empty: read until nothing comes. */
async function readUpTo(file: FileHandle, maxBytes: number): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  for (let left = maxBytes; left > 0; ) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(left, READ_PIECE_BYTES)));
    if (bytesRead === 0) break;
    pieces.push(buffer.subarray(0, bytesRead));
    left -= bytesRead;
  }
  return Buffer.concat(pieces);
}

const READ_PIECE_BYTES = 16 * 1024;

async function readText(path: string, maxBytes = FILE_BYTES_MAX): Promise<ReadText> {
  const head = await readHead(path, maxBytes + 1);
  if (!head.ok) return head;
  if (head.bytes.length > maxBytes) return fail("unreadable", `${path}: more than ${maxBytes} bytes`);
  return { ok: true, text: decodeConsole(head.bytes) };
}

async function readMaybeGzip(path: string, maxBytes = FILE_BYTES_MAX): Promise<ReadText> {
  if (!path.endsWith(".gz")) return readText(path, maxBytes);
  try {
    const packed = await readFile(path);
    if (packed.length > maxBytes) return fail("unreadable", `${path}: more than ${maxBytes} bytes`);
    return { ok: true, text: gunzipSync(packed, { maxOutputLength: 16 * maxBytes }).toString("utf8") };
  } catch (error) {
    return failureOf(error, path);
  }
}

function hostAddresses(): HostAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([adapter, addresses = []]) =>
    addresses.map(({ address, cidr, mac, internal }) => ({
      adapter,
      address,
      prefix: Number(cidr?.split("/")[1] ?? 0),
      mac,
      internal,
    })),
  );
}
