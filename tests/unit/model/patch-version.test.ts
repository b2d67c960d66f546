import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { run } from "../../../lib/run.ts";
import { compareDebianVersions, debianVersion } from "../../../model/patch-version.ts";

/** Pieces at which the order turns, more often side by side than in real versions. */
const pieces = fc.array(
  fc.constantFrom(
    "0",
    "00",
    "1",
    "9",
    "10",
    "010",
    "a",
    "b",
    "Z",
    "z",
    "~",
    "~~",
    ".",
    "+",
    "-",
    "deb12u",
    "rc",
  ),
  { maxLength: 6 },
);
const version = fc
  .tuple(fc.constantFrom("", "", "0:", "1:", "10:"), fc.constantFrom("0", "1", "1.22.1", "3.0"), pieces)
  .map(([epoch, first, more]) => `${epoch}${first}${more.join("")}`)
  .filter((text) => debianVersion.test(text));
/** Two that have their beginning in common, where most mistakes would be. */
const near = fc
  .tuple(version, pieces, pieces)
  .map(([begin, one, other]): [string, string] => [`${begin}${one.join("")}`, `${begin}${other.join("")}`])
  .filter(([one, other]) => debianVersion.test(one) && debianVersion.test(other));
const pairs = fc.oneof(near, fc.tuple(version, version));

/** What dpkg says of each pair: "lt", "eq" or "gt". */
async function dpkgOrders(asked: readonly (readonly [string, string])[]): Promise<string[]> {
  const program = `while read -r one other; do
  for order in lt eq gt; do
    if dpkg --compare-versions "$one" "$order" "$other"; then echo "$order"; fi
  done
done`;
  const input = asked.map(([one, other]) => `${one} ${other}\n`).join("");
  return (await run("sh", ["-c", program], { input })).trim().split("\n");
}

const orderOf = (one: string, other: string): string => {
  const order = compareDebianVersions(one, other);
  return order < 0 ? "lt" : order > 0 ? "gt" : "eq";
};

describe("the order of Debian versions", () => {
  test("is that of dpkg", async () => {
    const asked = fc.sample(pairs, { seed: 20261101, numRuns: 400 });
    const orders = await dpkgOrders(asked);
    const ours = asked.map(([one, other]) => `${one} ${orderOf(one, other)} ${other}`);
    expect(ours).toEqual(asked.map(([one, other], index) => `${one} ${orders[index]} ${other}`));
    expect(new Set(orders)).toEqual(new Set(["lt", "eq", "gt"]));
  });

  test("turns round when the two change places", () => {
    fc.assert(
      fc.property(pairs, ([one, other]) => {
        const back = { lt: "gt", eq: "eq", gt: "lt" }[orderOf(one, other)];
        expect(orderOf(other, one)).toBe(back);
        expect(orderOf(one, one)).toBe("eq");
      }),
      { seed: 20261101, numRuns: 500 },
    );
  });

  test.each([
    ["1.22.1-9+deb12u4", "1.22.1-9+deb12u10", "lt"],
    ["3.0.20-1~deb12u2", "3.0.20-1", "lt"],
    ["1:9.2p1-2+deb12u10", "9.9", "gt"],
    ["0:1.0-0", "1.0", "eq"],
    ["17.0.9+10", "17.0.19+10", "lt"],
    ["2.0-1-1", "2.0-1", "gt"],
  ])("%s against %s: %s", (one, other, order) => {
    expect(orderOf(one, other)).toBe(order);
  });
});
