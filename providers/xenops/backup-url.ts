/** What XO shows in place of a secret. It is never sent: XO would take it for "the one that you have". */
export const marker = "obfuscated-q3oi6d9X8uenGvdLnHk2";

/** Characters of an encryption key. */
export const keyCharacters = 32;

/** Where a backup repository is: its address without secrets, and those that belong into it. */
export interface BackupAddress {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly encryptionKey?: string | undefined;
}

const forms = {
  file: /^file:\/\/\/[^?#]*$/,
  nfs: /^nfs:\/\/[^:/?#@]+(?::\d+)?:\/[^?#:]*$/,
  s3: /^s3(?:\+http)?:\/\/[^/?#@]+\/[^?#]+(?:#[\w-]+)?$/,
} as const;

/** Splits an address at its query. */
function split(url: string): { readonly plain: string; readonly query: URLSearchParams } {
  const match = /^([^?#]*)(?:\?([^#]*))?(#.*)?$/.exec(url);
  return { plain: `${match?.[1] ?? url}${match?.[3] ?? ""}`, query: new URLSearchParams(match?.[2] ?? "") };
}

/** The kind of an address without secrets, or undefined for one that XO would not take. */
export function kindOf(url: string): keyof typeof forms | undefined {
  const { plain, query } = split(url);
  const names = Object.keys(forms) as (keyof typeof forms)[];
  const onlyFormat = [...query.keys()].every((key) => key === "useVhdDirectory");
  return onlyFormat ? names.find((name) => forms[name].test(plain)) : undefined;
}

/** The same text for addresses that mean the same: XO leaves out a slash too many. */
function canonical(url: string): string {
  const { plain, query } = split(url);
  const [, start = "", path = "", region = ""] = /^([a-z0-9+]+:\/\/[^/]*)(\/[^#]*)(#.*)?$/.exec(plain) ?? [];
  const clean = `/${path.split("/").filter(Boolean).join("/")}`;
  return `${start}${clean}${query.get("useVhdDirectory") === "true" ? "?useVhdDirectory=true" : ""}${region}`;
}

/** Whether two addresses without secrets mean the same place. */
export function isSamePlace(one: string, other: string): boolean {
  return canonical(one) === canonical(other);
}

/** The address as XO takes it. Whoever encrypts needs XO's format of many small files. */
export function fullUrl({ url, user, password, encryptionKey }: BackupAddress): string {
  const { plain, query } = split(url);
  if (encryptionKey !== undefined) {
    query.set("useVhdDirectory", "true");
    query.set("encryptionKey", JSON.stringify(encryptionKey));
  }
  const [, scheme = "", rest = "", region = ""] = /^([a-z0-9+]+:\/\/)([^#]*)(#.*)?$/.exec(plain) ?? [];
  const who = user === undefined ? "" : `${encodeURIComponent(user)}:${encodeURIComponent(password ?? "")}@`;
  const options = query.size === 0 ? "" : `?${query}`;
  return `${scheme}${who}${rest}${options}${region}`;
}

/** What XO shows of an address, in its parts. Secrets are the marker. */
export function shownAddress(shown: string): BackupAddress {
  const { plain, query } = split(shown);
  const key = query.get("encryptionKey");
  query.delete("encryptionKey");
  // It comes with the encryption and is nobody's own choice then.
  if (key !== null) query.delete("useVhdDirectory");
  const [, start = "", who, rest = "", region = ""] =
    /^([a-z0-9+]+:\/\/)(?:([^@/]*)@)?([^#]*)(#.*)?$/.exec(plain) ?? [];
  const url = `${start}${rest}${query.size === 0 ? "" : `?${query}`}${region}`;
  const [user, password] = who?.split(":").map(decodeURIComponent) ?? [];
  const encryptionKey = key === null ? undefined : (JSON.parse(key) as string);
  return { url, user, password, encryptionKey };
}
