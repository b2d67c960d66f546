import { parseHostName } from "./host-name.ts";
import { type Branded, bad, good, type Parsed } from "./value.ts";

/** The name of something in files, tags and resources; it never changes. */
export type Slug = Branded<"Slug">;

/** One line of text for people, 3 to 120 characters, Unicode in its composed form. */
export function parseName(text: string): Parsed<string> {
  const name = text.normalize("NFC");
  if (name !== name.trim()) return bad("must not begin or end with a space");
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)) return bad("must be one line without control characters");
  const length = [...name].length;
  return length < 3 || length > 120 ? bad("must have 3 to 120 characters") : good(name);
}

/** One line of free text, 1 to 200 characters: labels of other systems, numbers of contracts. */
export function parseLine(text: string): Parsed<string> {
  if (text.trim() === "" || text !== text.trim()) return bad("must be text without spaces around it");
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) return bad("must be one line without control characters");
  return text.length > 200 ? bad("must have at most 200 characters") : good(text);
}

/** A slug: 3 to 40 lower-case letters, digits and hyphens, a letter first, no hyphen last. */
export function parseSlug(text: string): Parsed<Slug> {
  if (/^[a-z][a-z0-9-]{1,38}[a-z0-9]$/.test(text)) return good(text as Slug);
  const guess = slugify(text);
  return bad(
    "must be 3 to 40 lower-case letters, digits and hyphens, beginning with a letter",
    guess === undefined ? undefined : `write "${guess}"`,
  );
}

/** The slug that a German name suggests: "Stadt Hohenbrück" → "stadt-hohenbrueck"; undefined if there is none. */
export function slugify(text: string): string | undefined {
  const spelled = text
    .slice(0, 200)
    .toLowerCase()
    .replaceAll("ä", "ae")
    .replaceAll("ö", "oe")
    .replaceAll("ü", "ue")
    .replaceAll("ß", "ss");
  const slug = spelled
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return slug.length >= 3 ? slug : undefined;
}

/** A mail address: an ASCII local part and a host name (RFC 5321, without quoted local parts). */
export function parseEmail(text: string): Parsed<string> {
  const at = text.lastIndexOf("@");
  const local = text.slice(0, Math.max(at, 0));
  const host = parseHostName(text.slice(at + 1).toLowerCase());
  if (!/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}$/.test(local) || !host.ok || /^\.|\.\.|\.$/.test(local)) {
    return bad('must be a mail address such as "ratsinfo@town.de"');
  }
  return good(`${local}@${host.value}`);
}

/** A telephone number in the international form E.164. */
export function parsePhone(text: string): Parsed<string> {
  if (/^\+[1-9]\d{6,14}$/.test(text)) return good(text);
  const digits = text.replace(/[\s()/.-]/g, "").replace(/^0(?=[1-9])/, "+49");
  return bad(
    'must be a number in international form such as "+4938112345"',
    /^\+[1-9]\d{6,14}$/.test(digits) ? `write "${digits}"` : undefined,
  );
}

/** A function that takes an address of one of the schemes, without a user or password in it. */
export function urlParser(...schemes: readonly string[]): (text: string) => Parsed<string> {
  const wanted = schemes.map((scheme) => `${scheme}://`).join(" or ");
  return (text) => {
    const url = /\s/.test(text) || text.length > 500 ? null : URL.parse(text);
    if (url === null) return bad(`must be an address that begins with ${wanted}`);
    if (!schemes.includes(url.protocol.slice(0, -1))) {
      const secure = schemes.includes("https") && url.protocol === "http:";
      return bad(`must begin with ${wanted}`, secure ? `write "https${text.slice(4)}"` : undefined);
    }
    if (url.username !== "" || url.password !== "") return bad("must not hold a user name or a password");
    return url.hostname === "" ? bad("must name a host") : good(url.href);
  };
}

/** A language or locale by its BCP 47 tag, in the canonical spelling: "de", "de-DE". */
export function parseLanguage(text: string): Parsed<string> {
  const wrong = bad('must be a language tag such as "de" or "de-DE"');
  if (!/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(text)) return wrong;
  try {
    return good(Intl.getCanonicalLocales(text)[0] ?? text);
  } catch {
    return wrong;
  }
}
