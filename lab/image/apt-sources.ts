import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where a Debian suite comes from. */
export interface AptSource {
  readonly mirror: string;
  /** File with the keys that sign it. @default - the archive's own keyring package */
  readonly keyring: string | undefined;
}

const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Where to go when the machine's own sources do not carry the suite (another release, another distribution). */
export const defaultSource: AptSource = { mirror: "http://deb.debian.org/debian", keyring: undefined };

/**
 * The mirror that this machine itself takes a suite from: what works for apt works for the image.
 * @param folder @default - /etc/apt
 */
export function findSource(suite: string, folder = "/etc/apt"): AptSource {
  for (const text of readAll(folder, "sources.list.d", ".sources")) {
    const found = tryDeb822(text, suite);
    if (found) return withKeyring(found);
  }
  for (const text of [
    ...readOne(join(folder, "sources.list")),
    ...readAll(folder, "sources.list.d", ".list"),
  ]) {
    const found = tryOneLine(text, suite);
    if (found) return withKeyring(found);
  }
  return withKeyring(defaultSource);
}

function withKeyring(source: AptSource): AptSource {
  if (source.keyring !== undefined && existsSync(source.keyring)) return source;
  return { mirror: source.mirror, keyring: existsSync(debianKeyring) ? debianKeyring : undefined };
}

function readOne(path: string): string[] {
  return existsSync(path) ? [readFileSync(path, "utf8")] : [];
}

function readAll(folder: string, sub: string, ending: string): string[] {
  const path = join(folder, sub);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith(ending))
    .sort()
    .flatMap((name) => readOne(join(path, name)));
}

/** sources.list(5), deb822 style: paragraphs of fields; continued lines begin with a space. */
export function tryDeb822(text: string, suite: string): AptSource | undefined {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  for (const paragraph of lines.join("\n").split(/\n\s*\n/)) {
    const fields = new Map<string, string>();
    for (const line of paragraph.replaceAll(/\n[ \t]+/g, " ").split("\n")) {
      const colon = line.indexOf(":");
      if (colon > 0) fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    }
    const words = (name: string): string[] => (fields.get(name) ?? "").split(/\s+/).filter(Boolean);
    const mirror = words("uris").find((uri) => /^https?:/.test(uri));
    const enabled = fields.get("enabled")?.toLowerCase() !== "no";
    if (!enabled || !mirror || !words("types").includes("deb") || !words("suites").includes(suite)) continue;
    if (!words("components").includes("main")) continue;
    const signedBy = fields.get("signed-by");
    return { mirror, keyring: signedBy?.startsWith("/") ? signedBy : undefined };
  }
  return undefined;
}

/** sources.list(5), one line each: `deb [options] uri suite components`. */
export function tryOneLine(text: string, suite: string): AptSource | undefined {
  for (const line of text.split("\n")) {
    const match = /^deb\s+(?:\[([^\]]*)\]\s+)?(https?:\S+)\s+(\S+)\s+(.*)$/.exec(line.trim());
    if (!match) continue;
    const [, options = "", mirror = "", lineSuite, components = ""] = match;
    if (lineSuite !== suite || !components.split(/\s+/).includes("main")) continue;
    return { mirror, keyring: /signed-by=(\/\S+)/.exec(options)?.[1] };
  }
  return undefined;
}
