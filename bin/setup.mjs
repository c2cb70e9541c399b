// Sets a checkout up: packages, compiled code and, for the tests, the Debian packages that they speak to. No dependencies.
// usage: node bin/setup.mjs start|test
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const mode = process.argv[2] ?? "start";
const NODE_MIN = [20, 19];
const SOURCE_FOLDERS = ["agent", "bin", "collector", "protocol", "simulators"];

/** Program that must be there -> Debian package that brings it. */
const TEST_PROGRAMS = {
  socat: "socat",
  mosquitto: "mosquitto",
  mosquitto_pub: "mosquitto-clients",
  "nats-server": "nats-server",
  clamscan: "clamav",
  ip: "iproute2",
  last: "util-linux",
  udevadm: "udev",
  "umockdev-run": "umockdev",
  openssl: "openssl",
  python3: "python3",
  soffice: "libreoffice-calc-nogui",
};
const TEST_LIBRARIES = { "libusb-1.0.so.0": "libusb-1.0-0" };

checkNode();
installPackages();
if (mode === "test") installPrograms();
build();

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  fail(
    `需要 Node.js ${NODE_MIN.join(".")} 以上，现在是 ${process.versions.node}。Node.js ${NODE_MIN.join(".")} or later is needed.`,
  );
}

/** npm keeps a lock of what is installed; it is older than ours when something is missing. */
function installPackages() {
  const installed = join(root, "node_modules", ".package-lock.json");
  const locked = join(root, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(locked).mtimeMs) return;
  say("安装依赖包（首次约一两分钟）… Installing packages (a minute or two at first) …");
  // Not `npm ci`: it refuses a lock file whose optional packages for other systems cannot all be had.
  run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]);
  // npm leaves the file alone when nothing was missing; it would be asked again each time.
  utimesSync(installed, new Date(), new Date());
}

/** The compiler writes only what has changed, so no file that it wrote tells when it last ran: a stamp does. */
function build() {
  const stamp = join(root, "dist", ".built");
  if (existsSync(stamp) && statSync(stamp).mtimeMs > newestSource()) return;
  say("编译… Compiling …");
  run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"]);
  writeFileSync(stamp, "");
}

function newestSource() {
  let newest = Math.max(
    statSync(join(root, "package.json")).mtimeMs,
    statSync(join(root, "tsconfig.build.json")).mtimeMs,
  );
  for (const folder of SOURCE_FOLDERS) {
    for (const entry of readdirSync(join(root, folder), { recursive: true })) {
      if (entry.endsWith(".ts")) newest = Math.max(newest, statSync(join(root, folder, entry)).mtimeMs);
    }
  }
  return newest;
}

function installPrograms() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const isRoot = process.getuid?.() === 0;
  const hasSudo = !isRoot && spawnSync("sudo", ["-n", "true"]).status === 0;
  if (process.platform === "linux" && existsSync("/usr/bin/apt-get") && (isRoot || hasSudo)) {
    say(`安装测试所需的 Debian 软件包… Installing Debian packages for the tests: ${missing.join(" ")}`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const apt = (...args) =>
      spawnSync(isRoot ? "apt-get" : "sudo", isRoot ? args : ["-n", "apt-get", ...args], {
        stdio: ["ignore", "ignore", "inherit"],
        env,
      });
    apt("update", "-qq");
    apt("install", "-y", "-qq", "--no-install-recommends", ...missing);
  }
  const still = missingPackages();
  if (still.length === 0) return;
  const message = `缺少软件包，相关测试不能运行。Missing, the tests that need them cannot run: apt-get install ${still.join(" ")}`;
  if (process.env.CI) fail(message);
  say(message);
}

function missingPackages() {
  const programs = Object.entries(TEST_PROGRAMS).filter(([program]) => !isOnPath(program));
  const libraries = Object.entries(TEST_LIBRARIES).filter(([library]) => !isLibrary(library));
  return [...new Set([...programs, ...libraries].map(([, name]) => name))];
}

function isOnPath(program) {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  return folders.some((folder) => folder !== "" && existsSync(join(folder, program)));
}

function isLibrary(library) {
  try {
    return execFileSync("ldconfig", ["-p"], {
      encoding: "utf8",
      env: { ...process.env, PATH: `${process.env.PATH}:/sbin:/usr/sbin` },
    }).includes(library);
  } catch {
    return true;
  }
}

function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) fail(`${program} ${args[0]} 失败 failed${error ? `: ${error.message}` : ""}`);
}

function say(text) {
  console.log(text);
}

function fail(text) {
  console.error(text);
  process.exit(1);
}
