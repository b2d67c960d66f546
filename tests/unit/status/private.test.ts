import fc from "fast-check";
import { expect, test } from "vitest";
import type { AdministrationMonth } from "../../../model/sla/administration-month.ts";
import { statusFiles } from "../../../model/status/files.ts";
import type { PrivateFacts } from "../../../model/status/private-facts.ts";
import { providerFiles, providerPageOf } from "../../../model/status/provider-page.ts";
import { type StatusInput, statusPageOf } from "../../../model/status/status-page.ts";
import type { StatusPageAudience } from "../../../model/tenant-input.ts";
import { sampleAt, sampleFacts, sampleProvider, sampleStatus } from "../../support/status-pages.ts";

const key = "k".repeat(64);
const about = { at: sampleAt, provider: sampleProvider, key };

/** The same sources with a mark in everything that only the provider, or only the two parties, may know. */
function marked(input: StatusInput, mark: string): StatusInput {
  const { tenant } = input;
  return {
    ...input,
    tenant: {
      ...tenant,
      file: `tenants/${mark}.ts`,
      address: mark,
      contact: { email: mark },
      contract: { ...tenant.contract, customer: mark, number: mark, noticeRecipients: [mark] },
      changes: [{ on: mark, ticket: mark, by: mark, what: mark }],
    } as StatusInput["tenant"],
    months: input.months.map(
      (month): AdministrationMonth => ({
        ...month,
        tenant: { ...month.tenant, customer: mark, contractNumber: mark },
        inputHash: mark,
        logs: [{ prober: mark, fault: mark }],
        incidents: month.incidents.map((incident) => ({
          ...incident,
          symptoms: [mark],
          targets: [...incident.targets, mark],
          decisions: incident.decisions.map((decision) => ({
            ...decision,
            id: mark,
            evidence: [mark],
            approvedBy: [mark, `${mark}2`],
          })),
        })),
      }),
    ),
    windows: input.windows.map((window) => ({
      ...window,
      file: mark,
      acceptExcess: mark,
      notice: { sentAt: new Date(sampleAt - 8 * 86_400_000), evidence: mark },
    })),
  };
}

/** The same with a mark in the reasons of decisions, which the two parties may know. */
function reasoned(input: StatusInput, mark: string): StatusInput {
  return {
    ...input,
    months: input.months.map((month) => ({
      ...month,
      incidents: month.incidents.map((incident) => ({
        ...incident,
        decisions: incident.decisions.map((decision) => ({ ...decision, reason: mark })),
      })),
    })),
  };
}

const audience = fc.constantFrom<StatusPageAudience>("public", "customer", "off");
const mark = fc.stringMatching(/^[a-z]{4}-geheim-[0-9]{6}$/);

test("nothing private is in any page for those outside, whoever may see which", () => {
  fc.assert(
    fc.property(fc.tuple(audience, audience, audience), mark, mark, (audiences, secret, reason) => {
      fc.pre(secret !== reason);
      const inputs = sampleStatus(audiences).map((input) => reasoned(marked(input, secret), reason));
      const files = statusFiles(
        inputs.flatMap((input) => statusPageOf(input) ?? []),
        about,
      );
      expect(files.filter(({ text, path }) => (text + path).includes(secret))).toEqual([]);
      // Nothing public says why something was excused, and nothing anywhere where a customer's page is.
      const open = files.filter(({ path }) => path.startsWith("public/"));
      expect(
        open.filter(({ text }) => text.includes(reason) || /customer\/|[0-9a-f]{32}/.test(text)),
      ).toEqual([]);
      const own = files.filter(({ path }) => path.startsWith("customer/"));
      expect(own.filter(({ text }) => /[0-9a-f]{32}/.test(text))).toEqual([]);
      // Whoever has no page is not named on another's.
      for (const { tenant } of inputs.filter((each) => each.tenant.statusPage === "off")) {
        expect(files.filter(({ text }) => text.includes(tenant.name))).toEqual([]);
      }
    }),
    { seed: 7, numRuns: 25 },
  );
});

test("the reason of a decision is on the customer's page", () => {
  const [, input] = sampleStatus(["off", "customer", "off"]);
  const page = input && statusPageOf(input);
  expect(statusFiles(page === undefined ? [] : [page], about).at(-3)?.text).toContain(
    "Großflächiger Stromausfall nach Sturm",
  );
});

const bad: PrivateFacts = {
  backup: { lastGood: null, ageHours: null, red: true },
  certificate: { ends: Date.parse("2026-11-10T12:00:00+01:00") },
  version: { wanted: "4.1.8", runs: false, detail: "Xen Orchestra says 4.1.7 is installed" },
  drift: { at: Date.parse("2026-11-02T03:00:00+01:00"), resources: ["amt-seenplatte-nord-vm"] },
};

const unseen: PrivateFacts = {
  backup: { unseen: "XOA_ADMIN_TOKEN is not set" },
  certificate: { unseen: "connect ETIMEDOUT" },
  version: { unseen: "connect ETIMEDOUT" },
  drift: { unseen: "./farm refresh sucht danach" },
};

test("the provider's page has everybody, the most endangered first, with what only the provider may know", () => {
  const inputs = sampleStatus(["public", "customer", "off"]);
  const facts = [sampleFacts, bad, unseen];
  const sites = inputs.map((input, index) => ({ input, facts: facts[index] ?? sampleFacts }));
  const [html, json] = providerFiles(
    providerPageOf({ stack: "prod", alarms: ["the log of rand-1 was changed: line 7"], sites, ...about }),
  );
  const text = html?.text ?? "";
  expect(html?.path).toBe("provider/index.html");
  expect(text).toContain("5,8 Std. alt (02.11.2026, 00:10:00 Uhr)");
  expect(text).toContain("noch 79 Tage, bis 20.01.2027");
  expect(text).toContain("! keine");
  expect(text).toContain("! noch 8 Tage, bis 10.11.2026");
  expect(text).toContain("! soll 4.1.8 sein: Xen Orchestra says 4.1.7 is installed");
  expect(text).toContain("! amt-seenplatte-nord-vm (gesucht 02.11.2026, 03:00:00 Uhr)");
  expect(text).toContain("! nicht gemessen: XOA_ADMIN_TOKEN is not set");
  expect(text).toContain("! the log of rand-1 was changed: line 7");
  expect(text).toMatch(/href="\.\.\/customer\/[0-9a-f]{32}\/index\.html"/);
  const document = JSON.parse(json?.text ?? "") as { administrations: { id: string; page: string | null }[] };
  expect(document.administrations).toHaveLength(3);
  expect(document.administrations.find(({ id }) => id === "landkreis-auental")?.page).toBeNull();
});
