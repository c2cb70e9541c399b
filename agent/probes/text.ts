/** The line formats that many sources share: KEY=value files, ini files, tables. Pure. */

/** `KEY=value` lines with optional shell quotes (os-release, systemd's state files); comments and other lines are skipped. */
export function parseKeyValues(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (match) values.set(match[1] as string, unquote(match[2] as string));
  }
  return values;
}

/** `[section]` files: keys as `section.key`, those before any section as `key`; case of sections and keys is kept. */
export function parseIni(text: string): Map<string, string> {
  const values = new Map<string, string>();
  let section = "";
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\s*\[(.+?)\]\s*$/.exec(line);
    const entry = /^\s*([^;#=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (heading) section = `${heading[1]}.`;
    else if (entry) values.set(section + entry[1], unquote(entry[2] as string));
  }
  return values;
}

function unquote(text: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(text);
  return quoted ? (quoted[2] as string).replace(/\\(["\\$`])/g, "$1") : text;
}

export function cut(text: string, max = 256): string {
  return text.length <= max ? text : text.slice(0, max);
}

export function lines(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== "");
}
