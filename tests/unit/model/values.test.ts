import { describe, expect, test } from "vitest";
import {
  contains,
  isNetworkOrBroadcast,
  parseAddress,
  parseCidr,
  parseIpv4,
  parseIpv6,
} from "../../../model/address.ts";
import { isWithin, parseHostName } from "../../../model/host-name.ts";
import { parseDate } from "../../../model/plain-date.ts";
import { formatSize, parseSize } from "../../../model/size.ts";
import { parsePublicKey } from "../../../model/ssh-key.ts";
import { nearest } from "../../../model/suggest.ts";
import {
  parseEmail,
  parseLanguage,
  parseName,
  parsePhone,
  parseSlug,
  slugify,
  urlParser,
} from "../../../model/text.ts";
import type { Parsed } from "../../../model/value.ts";
import { publicKey } from "./fixtures.ts";

function parsedValue<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.value;
}

describe("sizes", () => {
  test.each([
    ["2 GiB", 2 ** 31],
    ["512MiB", 2 ** 29],
    ["1.5 TiB", 1.5 * 2 ** 40],
    ["0.5 GiB", 2 ** 29],
  ])("%s", (text, bytes) => {
    expect(parsedValue(parseSize(text))).toBe(bytes);
  });

  test.each(["2 GB", "2", "GiB", "-1 GiB", "1e3 GiB", "0.0001 MiB", "0.3 MiB", "2  GiB", " 2 GiB", ""])(
    "not %j",
    (text) => {
      expect(parseSize(text).ok).toBe(false);
    },
  );

  test("a decimal unit gets the binary one as a hint", () => {
    expect(parseSize("2 gb")).toMatchObject({ hint: 'write "2 GiB"' });
  });

  test.each([2 ** 31, 1536 * 2 ** 20, 3 * 2 ** 40])("%d bytes and back", (bytes) => {
    expect(parsedValue(parseSize(formatSize(bytes)))).toBe(bytes);
  });
});

describe("addresses", () => {
  test.each(["10.0.0.1", "255.255.255.255"])("%s", (text) => {
    expect(parsedValue(parseIpv4(text))).toBe(text);
  });

  test.each(["10.0.0.01", "10.0.0", "256.1.1.1", "10.0.0.1 ", "0x0a.0.0.1", "::1", "167772161"])(
    "not %j",
    (text) => {
      expect(parseIpv4(text).ok).toBe(false);
    },
  );

  test("IPv6 gets its canonical form", () => {
    expect(parsedValue(parseIpv6("2001:DB8:0:0::0011"))).toBe("2001:db8::11");
    expect(parseIpv6("fe80::1%eth0").ok).toBe(false);
  });

  test.each([
    ["10.20.0.0/24", "10.20.0.255", true],
    ["10.20.0.0/24", "10.20.1.0", false],
    ["10.20.0.0/24", "::a14:5", false],
    ["0.0.0.0/0", "255.1.2.3", true],
    ["10.20.0.7/32", "10.20.0.7", true],
    ["2001:db8:1::/48", "2001:db8:1:ffff::9", true],
    ["2001:db8:1::/48", "2001:db8:2::9", false],
    ["::ffff:0:0/96", "::ffff:1.2.3.4", true],
  ])("%s contains %s: %s", (network, address, expected) => {
    expect(contains(parsedValue(parseCidr(network)), parsedValue(parseAddress(address)))).toBe(expected);
  });

  test.each([
    "10.20.0.7/24",
    "10.20.0.0/33",
    "10.20.0.0",
    "10.20.0.0/024",
    "10.20.0.0/24/1",
    "/24",
    "::/129",
  ])("no network: %s", (text) => {
    expect(parseCidr(text).ok).toBe(false);
  });

  test("host bits are named with the network that was meant", () => {
    expect(parseCidr("10.20.3.7/22")).toMatchObject({ hint: 'write "10.20.0.0/22"' });
    expect(parseCidr("2001:db8::7/64")).toMatchObject({ hint: 'write "2001:db8::/64"' });
  });

  test("the first and the last address of an IPv4 network belong to no host", () => {
    const network = parsedValue(parseCidr("10.20.0.0/24"));
    const of = (text: string) => isNetworkOrBroadcast(network, parsedValue(parseIpv4(text)));
    expect(["10.20.0.0", "10.20.0.1", "10.20.0.254", "10.20.0.255"].map(of)).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});

describe("host names", () => {
  test.each([
    ["ratsinfo.town.de", "ratsinfo.town.de"],
    ["ratsinfo.köln.de", "ratsinfo.xn--kln-sna.de"],
    ["straße.de", "xn--strae-oqa.de"],
    ["a-1.b2.xn--p1ai", "a-1.b2.xn--p1ai"],
  ])("%s", (text, ascii) => {
    expect(parsedValue(parseHostName(text))).toBe(ascii);
  });

  test.each([
    "Ratsinfo.town.de",
    "ratsinfo.town.de.",
    "town",
    "-a.de",
    "a-.de",
    "a..de",
    "a_b.de",
    "a b.de",
    "10.0.0.1",
    "1.2",
    "%41.de",
    "a/b.de",
    "https://town.de",
    "xn--a.de",
    `${"a".repeat(64)}.de`,
    `${"abcdefghi.".repeat(25)}town`,
    "",
    ".",
    "a.de:443",
  ])("not %j", (text) => {
    expect(parseHostName(text).ok).toBe(false);
  });

  test.each([
    ["Town.DE", 'write "town.de"'],
    ["town.de.", 'write "town.de"'],
    ["https://town.de/x", 'write "town.de"'],
  ])("%s has the hint %s", (text, hint) => {
    expect(parseHostName(text)).toMatchObject({ hint });
  });

  test("a name is within a zone only at a dot", () => {
    expect([
      isWithin("a.town.de", "town.de"),
      isWithin("town.de", "town.de"),
      isWithin("atown.de", "town.de"),
    ]).toEqual([true, true, false]);
  });
});

describe("dates", () => {
  test.each(["2026-11-01", "2028-02-29"])("%s", (text) => {
    expect(parsedValue(parseDate(text))).toBe(text);
  });

  test.each(["2026-02-30", "2027-02-29", "2026-13-01", "1999-01-01", "2026-1-1", "2026-11-01T00:00:00Z"])(
    "not %s",
    (text) => {
      expect(parseDate(text).ok).toBe(false);
    },
  );

  test("the German form gets the other as a hint", () => {
    expect(parseDate("1.11.2026")).toMatchObject({ hint: 'write "2026-11-01"' });
  });
});

describe("texts", () => {
  test("names are composed Unicode on one line", () => {
    expect(parsedValue(parseName("Stadt Hohenbru\u0308ck"))).toBe("Stadt Hohenbrück");
    for (const text of ["ab", " abc", "a\nbc", "abc\u200b", "a".repeat(121)])
      expect(parseName(text).ok).toBe(false);
  });

  test("slugs, and the slug that a name suggests", () => {
    expect(parseSlug("amt-1").ok).toBe(true);
    for (const text of ["ab", "1ab", "ab-", "Abc", "a_b", "a".repeat(41)])
      expect(parseSlug(text).ok).toBe(false);
    expect(slugify("Stadt Groß Hohenbrück (Süd)")).toBe("stadt-gross-hohenbrueck-sued");
    expect(slugify("…")).toBeUndefined();
  });

  test("mail addresses", () => {
    expect(parsedValue(parseEmail("r.b@Köln.de"))).toBe("r.b@xn--kln-sna.de");
    for (const text of ["a", "@a.de", "a@b", "a b@c.de", ".a@b.de", "a..b@c.de", "a@b.de\n"]) {
      expect(parseEmail(text).ok).toBe(false);
    }
  });

  test("telephone numbers", () => {
    expect(parsedValue(parsePhone("+4938112345"))).toBe("+4938112345");
    expect(parsePhone("(0381) 12 34-5")).toMatchObject({ ok: false, hint: 'write "+4938112345"' });
  });

  test("pages are https without credentials", () => {
    const page = urlParser("https");
    expect(parsedValue(page("https://www.köln.de/a"))).toBe("https://www.xn--kln-sna.de/a");
    expect(page("http://town.de/")).toMatchObject({ ok: false, hint: 'write "https://town.de/"' });
    for (const text of [
      "https://u:p@town.de",
      "town.de",
      "javascript:alert(1)",
      "https://",
      "https://a b.de",
    ]) {
      expect(page(text).ok).toBe(false);
    }
  });

  test("languages", () => {
    expect(parsedValue(parseLanguage("de-de"))).toBe("de-DE");
    for (const text of ["", "deutsch sprache", "d", "de_DE", "de-a-a"])
      expect(parseLanguage(text).ok).toBe(false);
  });

  test("public keys are whole", () => {
    expect(parsedValue(parsePublicKey(` ${publicKey}  a b\n`))).toBe(`${publicKey} a b`);
    const [kind, body] = publicKey.split(" ");
    for (const text of [
      `${kind} AAAA`,
      `ssh-rsa ${body}`,
      `${kind}`,
      `${publicKey}\n${publicKey}`,
      "x y",
      "",
    ]) {
      expect(parsePublicKey(text).ok).toBe(false);
    }
    expect(parsePublicKey("-----BEGIN OPENSSH PRIVATE KEY-----")).toMatchObject({
      why: expect.stringContaining("private"),
    });
  });
});

test.each([
  ["domian", "domain"],
  ["ailases", "aliases"],
  ["Kind", "kind"],
  ["adress", "address"],
  ["zzz", undefined],
  ["x".repeat(100), undefined],
])("did you mean: %s → %s", (written, meant) => {
  expect(nearest(written, ["domain", "aliases", "kind", "address", "address6"])).toBe(meant);
});
