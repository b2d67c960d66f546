/** What stands before or behind a name and makes nobody another person. */
const titles: ReadonlySet<string> = new Set([
  "frau",
  "herr",
  "herrn",
  "dr",
  "prof",
  "dipl",
  "ing",
  "med",
  "jur",
]);

const umlauts: readonly (readonly [string, string])[] = [
  ["ä", "ae"],
  ["ö", "oe"],
  ["ü", "ue"],
  ["ß", "ss"],
];

/**
 * Whether two names may be one person's, so that nobody is two people: without regard to case, spaces, accents, titles,
 * the order of the parts and the domain of a mail address; a part that one name lacks or has as an initial decides
 * nothing. So "A. Berg", "Berg, Anna" and "anna.berg@betrieb.example" are one; who really are two say what tells them
 * apart: "Anna Berg (Netz)", "Andrea Berg (Technik)".
 */
export function maySamePerson(one: string, other: string): boolean {
  const [a, b] = [partsOf(one), partsOf(other)];
  if (a.join("") === b.join("")) return true;
  const [few, many] = a.length <= b.length ? [a, b] : [b, a];
  return few.length > 0 && fits(few, many);
}

/** Whether each part has another one of its own among the others; whole names before initials. */
function fits(few: readonly string[], many: readonly string[]): boolean {
  const left = [...many];
  return few
    .toSorted((a, b) => b.length - a.length)
    .every((part) => {
      const exact = left.indexOf(part);
      const at =
        exact >= 0 ? exact : left.findIndex((each) => isInitial(part, each) || isInitial(each, part));
      if (at < 0) return false;
      left.splice(at, 1);
      return true;
    });
}

function isInitial(short: string, long: string): boolean {
  return short.length === 1 && long.startsWith(short);
}

function partsOf(name: string): readonly string[] {
  const plain = umlauts
    .reduce((text, [from, to]) => text.replaceAll(from, to), name.normalize("NFKC").toLowerCase())
    .replaceAll(/@[^\s<>()]+/g, " ")
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "");
  return plain.split(/[^\p{L}\p{N}]+/u).filter((part) => part !== "" && !titles.has(part));
}
