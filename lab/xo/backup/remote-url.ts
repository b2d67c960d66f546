import { parse as parseQuery, stringify } from "node:querystring";
import type { Json } from "../../json.ts";
import { invalidParameters } from "../errors.ts";

/** What XO shows in place of a secret (its package @vates/obfuscate). */
const marker = "obfuscated-q3oi6d9X8uenGvdLnHk2";

/** A backup repository's address in its parts. */
export interface RemoteUrl {
  readonly type: "file" | "nfs" | "smb" | "s3" | "azure";
  readonly scheme: string;
  /** What stands before the path, without user and secret; "" for files. */
  readonly host: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Begins with a slash. */
  readonly path: string;
  /** Values are JSON. */
  readonly query: Readonly<Record<string, Json>>;
  readonly region: string | undefined;
}

const forms = [
  { type: "file", pattern: /^(?<scheme>file):\/\/(?<path>\/?[^?]*)(?:\?(?<query>.*))?$/ },
  {
    type: "nfs",
    pattern: /^(?<scheme>nfs):\/\/(?<host>[^:/?]+(?::\d+)?):(?<path>[^:?]+)(?:\?(?<query>.*))?$/,
  },
  {
    type: "smb",
    pattern:
      /^(?<scheme>smb):\/\/(?<user>[^:]+):(?<password>.+)@(?<host>[^@]+\\\\[^\0?]+)(?:\0(?<path>[^?]*))?(?:\?(?<query>.*))?$/,
  },
  {
    type: "s3",
    pattern:
      /^(?<scheme>s3(?:\+http)?):\/\/(?<user>[^:@/]*):(?<password>[^@/]*)@(?<host>[^/?#]+)(?<path>\/[^?#]*)(?:\?(?<query>[^#]*))?(?:#(?<region>.*))?$/,
  },
  {
    type: "azure",
    pattern:
      /^(?<scheme>azure(?:\+http)?):\/\/(?<user>[^:@/]*):(?<password>[^@/]*)@(?<host>[^/?#]+)(?<path>\/[^?#]*)(?:\?(?<query>[^#]*))?$/,
  },
] as const;

function readQuery(text: string | undefined): Record<string, Json> {
  try {
    return Object.fromEntries(
      Object.entries(parseQuery(text ?? "")).map(([key, value]) => [key, JSON.parse(String(value)) as Json]),
    );
  } catch {
    throw invalidParameters("the values of the URL's query must be JSON");
  }
}

/**
 * Reads an address in one of XO's forms.
 * @throws XoError 10 for any other, for a path inside of a repository, and for encryption without `useVhdDirectory`
 */
export function parseRemoteUrl(url: string): RemoteUrl {
  for (const { type, pattern } of forms) {
    const parts = pattern.exec(url)?.groups;
    if (parts === undefined) continue;
    const path = `/${(parts.path ?? "").split("/").filter(Boolean).join("/")}`;
    if (path.split("/").includes("..")) throw invalidParameters("the path must not lead upwards");
    if (path.endsWith("xo-vm-backups")) {
      throw invalidParameters('remote url should not end with "xo-vm-backups"');
    }
    const query = readQuery(parts.query);
    if (typeof query.encryptionKey === "string" && query.useVhdDirectory !== true) {
      throw invalidParameters("remote encryption requires useVhdDirectory");
    }
    return {
      type,
      scheme: parts.scheme ?? type,
      host: parts.host ?? "",
      user: parts.user,
      password: parts.password === undefined ? undefined : decodeURIComponent(parts.password),
      path,
      query,
      region: parts.region,
    };
  }
  throw invalidParameters("the URL of the remote cannot be read");
}

/** The text of an address. */
export function formatRemoteUrl(url: RemoteUrl): string {
  const secret = `${url.user ?? ""}:${encodeURIComponent(url.password ?? "")}@`;
  const who = url.type === "file" || url.type === "nfs" ? "" : secret;
  const colon = url.type === "nfs" ? ":" : "";
  const path = url.type === "smb" ? `\0${url.path.slice(1)}` : url.path;
  const query = stringify(
    Object.fromEntries(Object.entries(url.query).map(([key, value]) => [key, JSON.stringify(value)])),
  );
  const region = url.region === undefined ? "" : `#${url.region}`;
  return `${url.scheme}://${who}${url.host}${colon}${path}${query === "" ? "" : `?${query}`}${region}`;
}

/** The address with the marker in place of its secrets. */
export function obfuscated(text: string): string {
  const url = parseRemoteUrl(text);
  const query = { ...url.query, ...(url.query.encryptionKey !== undefined && { encryptionKey: marker }) };
  return formatRemoteUrl({ ...url, query, password: url.password === undefined ? undefined : marker });
}

/** A new address, in which the marker stands for the secret of the old one. */
export function withSecretsOf(text: string, old: string): string {
  const [url, before] = [parseRemoteUrl(text), parseRemoteUrl(old)];
  const query = {
    ...url.query,
    ...(url.query.encryptionKey === marker && { encryptionKey: before.query.encryptionKey ?? "" }),
  };
  return formatRemoteUrl({
    ...url,
    query,
    password: url.password === marker ? before.password : url.password,
  });
}
