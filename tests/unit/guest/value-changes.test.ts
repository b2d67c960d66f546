import { describe, expect, it } from "vitest";
import { renderBundle } from "../../../guest/bundle.ts";
import { canonicalJson } from "../../../guest/site-values.ts";
import { describeChanges } from "../../../guest/value-changes.ts";
import { parameterDefaults } from "../../../model/allrisnet/defaults.ts";
import { argsOf, district, office, sampleTenant, town } from "./samples.ts";

const stated = (tenant: typeof town): string => canonicalJson(renderBundle(argsOf(tenant)).values);

describe("describeChanges", () => {
  it("names changed parameters by their keys in the tenant file, with the old value and the new one", () => {
    const before = sampleTenant({}, { modules: { minutes: false }, publish: { agendaDaysBefore: 8 } });
    const after = sampleTenant({}, { modules: { map: true }, publish: { agendaDaysBefore: 9 } });
    expect(describeChanges(stated(before), stated(after))).toEqual([
      "citizens.modules.map: false (default) → true",
      "citizens.modules.minutes: false → true (default)",
      "citizens.publish.agendaDaysBefore: 8 → 9",
    ]);
  });

  it("names other values by theirs, and says where there is none", () => {
    const { values } = renderBundle(argsOf(town));
    const after = { ...values, aliases: ["rat.x.de"], contact: { email: town.contact.email } };
    const phone = { ...after, contact: { email: town.contact.email, phone: "+4938199" } };
    expect(describeChanges(canonicalJson(values), canonicalJson(after))).toContain(
      'aliases: [] → ["rat.x.de"]',
    );
    expect(describeChanges(canonicalJson(after), canonicalJson(phone))).toEqual([
      'contact.phone: none → "+4938199"',
    ]);
  });

  it("shows a secret by its name alone, and cuts what is long", () => {
    expect(describeChanges(stated(town), stated(office))).toContain(
      'politicians.auth.method.bindPassword.secret: none → "ldap-bind-password"',
    );
    const { values } = renderBundle(argsOf(town));
    const bodies = Array.from({ length: 30 }, (_, index) => ({
      id: `b-${index}`,
      name: `Gemeinde ${index}`,
    }));
    const [line = ""] = describeChanges(canonicalJson(values), canonicalJson({ ...values, bodies }));
    expect(line).toMatch(/^bodies: \[.*\] → \[.*…$/);
    expect(line.length).toBeLessThan(300);
  });

  it("says so when only the rendering changed, and nothing when nothing did", () => {
    const { values } = renderBundle(argsOf(district));
    const newer = canonicalJson({ ...values, bundle: "0".repeat(16) });
    expect(describeChanges(canonicalJson(values), newer)).toEqual([
      "no value of its own; the farm's defaults, programs or templates have changed",
    ]);
    expect(describeChanges(newer, newer)).toEqual([]);
  });

  it.each([[undefined], ["no JSON"], ["[1]"], ["null"]])("says nothing about %j", (text) => {
    expect(describeChanges(text, stated(town))).toEqual([]);
  });
});

describe("the defaults of parameters", () => {
  it("hold no value that is required or follows from the tenant", () => {
    expect(parameterDefaults.get("citizens.modules.minutes")).toBe(true);
    for (const key of ["citizens.accessibility.feedbackEmail", "politicians.label", "release"])
      expect(parameterDefaults.has(key)).toBe(false);
  });
});
