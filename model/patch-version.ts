/** A version of a Debian package: [epoch:]upstream[-revision] (Debian policy, 5.6.12). */
export const debianVersion = /^(\d+:)?\d[A-Za-z0-9.+~]*(-[A-Za-z0-9.+~]+)*$/;

/** The order of two versions as dpkg has it: negative when `a` is older (Debian policy, 5.6.12). */
export function compareDebianVersions(a: string, b: string): number {
  const [one, other] = [split(a), split(b)];
  return (
    one.epoch - other.epoch ||
    compareParts(one.upstream, other.upstream) ||
    compareParts(one.revision, other.revision)
  );
}

function split(version: string): { epoch: number; upstream: string; revision: string } {
  const [, epoch = "0", rest = ""] = /^(?:(\d+):)?(.*)$/.exec(version) ?? [];
  const dash = rest.lastIndexOf("-");
  const [upstream, revision] = dash < 0 ? [rest, ""] : [rest.slice(0, dash), rest.slice(dash + 1)];
  return { epoch: Number(epoch), upstream, revision };
}

/** Parts without digits and numbers take turns; neither begins with the other's kind unless it is empty. */
function compareParts(a: string, b: string): number {
  const pieces = (text: string): string[] => text.match(/\D+|\d+/g) ?? [];
  const [left, right] = [pieces(a), pieces(b)];
  for (const list of [left, right]) if (/^\d/.test(list[0] ?? "")) list.unshift("");
  for (let at = 0; at < Math.max(left.length, right.length); at += 2) {
    const order =
      compareWords(left[at] ?? "", right[at] ?? "") || compareNumbers(left[at + 1], right[at + 1]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareNumbers(a = "0", b = "0"): number {
  const [left, right] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareWords(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const order = rank(a, at) - rank(b, at);
    if (order !== 0) return order;
  }
  return 0;
}

/** A tilde comes before the end, letters before all other signs. */
function rank(text: string, at: number): number {
  const sign = text[at];
  if (sign === undefined) return 0;
  if (sign === "~") return -1;
  return sign.charCodeAt(0) + (/[A-Za-z]/.test(sign) ? 0 : 256);
}
