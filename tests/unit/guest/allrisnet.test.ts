import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderPresentations } from "../../../guest/allrisnet/presentations.ts";
import { renderProperties } from "../../../guest/allrisnet/properties.ts";
import { vocabularyOf } from "../../../guest/allrisnet/vendor-keys.ts";
import { type Element, renderXml } from "../../../guest/allrisnet/xml.ts";
import { flatten } from "../../../model/allrisnet/keys.ts";
import type { Tenant } from "../../../model/tenant.ts";
import { fullAllrisnet } from "../../support/full-allrisnet.ts";
import { readProperties } from "../../support/java-properties.ts";
import { type ReadElement, XmlReader } from "../../support/xml-reader.ts";
import {
  argsOf,
  district,
  logo,
  office,
  open,
  parameterFile,
  releases,
  sampleTenant,
  town,
} from "./samples.ts";

const [old, next] = releases;
let reader: XmlReader;

beforeAll(() => {
  reader = new XmlReader();
});
afterAll(() => reader.close());

function propertiesOf(tenant: Tenant, release = old): ReadonlyMap<string, string> {
  const text = parameterFile(open(argsOf(tenant, { release })), "allrisnet.properties");
  return readProperties(Buffer.from(text, "latin1"));
}

describe.each([town, office, district])("the files of $id", (tenant) => {
  it.each(["allrisnet.properties", "presentations.xml"])("%s is as it was looked at", async (name) => {
    await expect(parameterFile(open(argsOf(tenant)), name)).toMatchFileSnapshot(
      `golden/${tenant.id}/${name}`,
    );
  });

  it.each([
    ["site.inc", "/etc/farm/nginx/site.inc"],
    ["nginx.conf", "/etc/nginx/nginx.conf"],
    ["https.conf", "/etc/farm/nginx/https.conf"],
    ["robots.txt", "/var/www/farm/robots.txt"],
  ])("%s is as it was looked at", async (name, path) => {
    const { content } = open(argsOf(tenant)).files.get(path) ?? {};
    await expect(content).toMatchFileSnapshot(`golden/${tenant.id}/${name}`);
  });
});

describe("allrisnet.properties", () => {
  it("gives back every value that it was rendered from", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })), (values) => {
        const given = new Map(Object.entries(values));
        const text = renderProperties(given);
        expect(readProperties(Buffer.from(text, "latin1"))).toEqual(given);
        expect(text).toMatch(/^[\n -~]*$/);
      }),
    );
  });

  it("holds every parameter of the model under its vendor's key", () => {
    const tenant = sampleTenant({ ...fullAllrisnet, branding: {} }, fullAllrisnet.citizens);
    const { allrisnet } = tenant;
    const values = propertiesOf(tenant, next);
    expect(allrisnet.citizens.basePath).toBe("/buergerinfo");
    const expected = flatten(allrisnet).filter(
      ([key]) => /^(citizens|politicians)\./.test(key) && key !== "citizens.feeds.rss",
    );
    const own = [...values.keys()].filter((key) => /^(bi|ri)\./.test(key));
    expect(own).toHaveLength(expected.length);
    expect(values.get("bi.publish.agenda-days-before")).toBe("14");
    expect(values.get("bi.persons.show")).toBe("name,photo,phone");
    expect(values.get("ri.auth.method")).toBe("ldap");
    expect(values.get("ri.auth.url")).toBe("ldaps://verzeichnis.hohenbrueck.de:636");
    expect(values.get("ri.auth.bind-password")).toBe("secret:ldap-bind-password");
    expect(values.get("ri.auth.second-factor")).toBe("totp-optional");
    expect(values.get("ri.ip-allowlist")).toBe("10.20.0.0/16,2001:db8::/48");
  });

  it("says who the administration is", () => {
    const values = propertiesOf(office);
    expect(values.get("system.bodies")).toBe("gross-luedersee,klein-roethen");
    expect(values.get("system.bodies.gross-luedersee.name")).toBe("Gemeinde Groß Lüdersee");
    expect(values.get("system.bodies.gross-luedersee.ags")).toBe("13071999");
    expect(values.has("system.bodies.klein-roethen.ags")).toBe(false);
    expect(values.has("system.contact.phone")).toBe(false);
    expect(values.get("system.build")).toBe("4170039");
    expect(propertiesOf(town).get("system.name")).toBe("Stadt Hohenbrück <Süd> = 100 % \\ Ost");
  });

  it("calls a parameter as its release does, and leaves out what that does not know", () => {
    const [before, after] = [propertiesOf(town, old), propertiesOf(town, next)];
    expect(before.get("bi.search.max-results")).toBe("200");
    expect(before.has("bi.modules.livestream")).toBe(false);
    expect(before.has("bi.feeds.rss")).toBe(true);
    expect(after.get("bi.search.limit")).toBe("200");
    expect(after.has("bi.search.max-results")).toBe(false);
    expect(after.get("bi.modules.livestream")).toBe("false");
    expect(after.has("bi.feeds.rss")).toBe(false);
  });
});

describe("vocabularyOf", () => {
  it("lets the last release that speaks of a key decide, whatever their order", () => {
    const key = "citizens.feeds.rss";
    const back = { ...next, version: "4.1.10", parameters: { renamed: {}, removed: [], added: [key] } };
    const all = [back, next, old];
    expect(vocabularyOf(old, all).nameOf(key)).toBe("bi.feeds.rss");
    expect(vocabularyOf(next, all).nameOf(key)).toBeUndefined();
    expect(vocabularyOf(back, all).nameOf(key)).toBe("bi.feeds.rss");
    expect(vocabularyOf(back, all).nameOf("citizens.search.maxResults")).toBe("bi.search.limit");
  });
});

/** Text that XML 1.0 can hold. */
const content = fc
  .string({ unit: "binary" })
  .map((text) => text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, ""));

const element: fc.Arbitrary<Element> = fc.letrec<{ element: Element }>((tie) => ({
  element: fc.record({
    name: fc.constantFrom("a", "b-c"),
    attributes: fc.dictionary(fc.constantFrom("x", "y", "z-z"), content),
    content: fc.oneof({ maxDepth: 3 }, content, fc.array(tie("element"), { maxLength: 3 })),
  }),
})).element;

/** What a reader should find; blanks between elements are the writer's own. */
function expected({ name, attributes = {}, content: inner = [] }: Element): ReadElement {
  const isText = typeof inner === "string";
  return {
    name,
    attributes: attributes as Readonly<Record<string, string>>,
    text: isText ? inner : "",
    children: isText ? [] : inner.map(expected),
  };
}

function withoutIndent(read: ReadElement): ReadElement {
  const text = read.children.length > 0 ? read.text.trim() : read.text;
  return { ...read, text, children: read.children.map(withoutIndent) };
}

describe("presentations.xml", () => {
  it("gives back every text and attribute that it was rendered from", async () => {
    await fc.assert(
      fc.asyncProperty(element, async (root) => {
        expect(withoutIndent(await reader.read(renderXml(root)))).toEqual(expected(root));
      }),
    );
  });

  it("replaces what XML cannot hold", async () => {
    const read = await reader.read(renderXml({ name: "a", content: "x\u0000\u001b\ud800y\ufffe" }));
    expect(read.text).toBe("x\ufffd\ufffd\ufffdy\ufffd");
  });

  it("says the same as the properties", async () => {
    for (const tenant of [town, office, district]) {
      const { allrisnet } = tenant;
      const text = renderPresentations(tenant, allrisnet, old, vocabularyOf(old, releases));
      const root = await reader.read(text);
      const values = propertiesOf(tenant);
      expect(root.attributes).toEqual({ administration: tenant.id, release: "4.1.7" });
      const presentations = root.children.filter(({ name }) => name === "presentation");
      expect(presentations.map(({ attributes }) => attributes["id"])).toEqual(["citizens", "politicians"]);
      for (const { attributes, children } of presentations) {
        const area = attributes["id"] === "citizens" ? "bi" : "ri";
        expect(attributes["enabled"]).toBe(values.get(`${area}.enabled`));
        expect(attributes["base-path"]).toBe(values.get(`${area}.base-path`));
        const modules = children.map(({ attributes: own }) => [
          `${area}.modules.${own["id"]}`,
          own["enabled"],
        ]);
        const said = [...values].filter(([key]) => key.startsWith(`${area}.modules.`));
        expect(new Map(modules as [string, string][])).toEqual(new Map(said));
      }
      const bodies = root.children.find(({ name }) => name === "bodies")?.children ?? [];
      expect(bodies.map(({ text: body }) => body)).toEqual(tenant.bodies.map(({ name }) => name));
    }
  });

  it("brings the logo under a name of its own, with its text", async () => {
    const bundle = open(argsOf(town));
    expect(Buffer.from(bundle.parameters.files["logo.svg"] ?? "", "base64")).toEqual(Buffer.from(logo));
    const root = await reader.read(parameterFile(bundle, "presentations.xml"));
    const branding = root.children.find(({ name }) => name === "branding");
    expect(branding?.children[0]?.attributes).toEqual({ file: "logo.svg", alt: 'Wappen: "Löwe & Brücke"' });
    const other = open(argsOf(town, { logo: Buffer.from("<svg/>") }));
    expect(other.parameters.name).not.toBe(bundle.parameters.name);
  });
});
