import fc from "fast-check";
import { expect, test } from "vitest";
import type { PreviewEnvelope } from "../../../model/preview/envelope.ts";
import { toHtml } from "../../../model/preview/html.ts";
import { toMarkdown } from "../../../model/preview/markdown.ts";
import { reportOf } from "../../../model/preview/report.ts";
import { envelope, envelopeTenant, fleetEnvelope, step } from "../../support/preview-envelopes.ts";

const forgeLimit = 65_000;

/** Signs that Markdown, HTML and diffs give a meaning to, and long runs of anything. */
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.constantFrom(
    "```",
    "````diff\n",
    "</details>",
    "<script>alert(1)</script>",
    "| a | b |",
    "\n# x\n",
    "@somebody",
    "-->",
  ),
  fc.integer({ min: 1, max: 3000 }).map((length) => "ab|`<".repeat(length)),
);
const id = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
const value = fc.oneof(
  text,
  fc.integer(),
  fc.boolean(),
  fc.constant(undefined),
  fc.array(text, { maxLength: 4 }),
);
const types = fc.constantFrom(
  "xenorchestra:index/vm:Vm",
  "command:remote:Command",
  "cloudflare:index/dnsRecord:DnsRecord",
  "xenops:index:BackupJob",
  "somebody:else:Thing",
);
const op = fc.constantFrom("create", "update", "delete", "replace", "same", "import", "refresh");

const anyStep = (ids: readonly string[]) =>
  fc
    .record({
      owner: fc.constantFrom(...ids),
      part: fc.constantFrom("vm", "apply", "a", "backup", "thing"),
      type: types,
      op,
      path: fc.constantFrom("cpus", "stdin", "disks[0].size", "content", "enabled", "nested.deep[2].value"),
      before: value,
      after: value,
    })
    .map(({ owner, part, type, op: what, path, before, after }) => {
      const root = path.split(/[.[]/)[0] ?? path;
      return step(owner, part, type, what, {
        before: { [root]: before },
        after: { [root]: after },
        paths: { [root]: "update" },
      });
    });

const anyEnvelope: fc.Arbitrary<PreviewEnvelope> = fc
  .uniqueArray(id, { minLength: 1, maxLength: 40 })
  .chain((ids) =>
    fc.record({
      tenants: fc.tuple(...ids.map((one) => text.map((name) => envelopeTenant(one, { name })))),
      steps: fc.array(anyStep(ids), { maxLength: 120 }),
      diagnostics: fc.array(
        fc.record({
          message: fc.oneof(
            text,
            text.map((more) => `held: ${more}`),
          ),
          severity: fc.constantFrom("info", "warning", "error"),
        }),
        { maxLength: 40 },
      ),
      findings: fc.array(
        fc.record({
          policy: text,
          level: fc.constantFrom("mandatory" as const, "advisory" as const),
          requirements: fc.array(text, { maxLength: 3 }),
          message: text,
        }),
        { maxLength: 60 },
      ),
      stack: text,
    }),
  )
  .map(({ tenants, steps, diagnostics, findings, stack }) =>
    envelope({ stack, tenants, findings, document: { steps, diagnostics } }),
  );

/** Lines outside of fences; fails when a fence stays open. */
function outsideFences(markdown: string): readonly string[] {
  let fence: string | undefined;
  const outside = markdown.split("\n").filter((line) => {
    const [mark] = /^`{3,}/.exec(line) ?? [];
    if (fence === undefined) {
      fence = mark;
      return mark === undefined;
    }
    if (mark === fence && line === mark) fence = undefined;
    return false;
  });
  expect(fence, "every fence is closed").toBeUndefined();
  return outside;
}

test("whatever a plan holds, its comment keeps to the limit and to its own markup", () => {
  fc.assert(
    fc.property(fc.array(anyEnvelope, { minLength: 1, maxLength: 30 }), (envelopes) => {
      const report = reportOf(envelopes);
      const comment = toMarkdown(report);
      expect(comment.length).toBeLessThan(forgeLimit);
      const lines = outsideFences(comment);
      const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
      expect(count(/^<details><summary>/)).toBe(count(/^<\/details>$/));
      expect(lines.filter((line) => /<(?!\/?(?:details|summary)>)/.test(line))).toEqual([]);
      expect(lines.filter((line) => /(?<!\u200b)@\w/.test(line.replaceAll("@\u200b", "")))).toEqual([]);
      const sites = report.changing.length + report.held.length + report.platform.length;
      const rows = count(/^\| (?!Administration|Stack|---|and \d+ more)/) - Math.min(envelopes.length, 20);
      const blocks = count(/^<details><summary>(?!\d+ unchanged|Policies: )/);
      const counted = (what: string): number => {
        const [, found] = new RegExp(`No room here for .*?(\\d+) ${what}s?[,:]`).exec(comment) ?? [];
        return Number(found ?? 0);
      };
      expect(rows + counted("row")).toBe(sites);
      expect(blocks + counted("block")).toBe(sites);
    }),
    { numRuns: 60, seed: 6 },
  );
});

test("a page shows text as text", () => {
  fc.assert(
    fc.property(anyEnvelope, (one) => {
      const page = toHtml(reportOf([one]));
      expect(page.match(/<script/g)).toBeNull();
      expect(page.match(/<details/g)?.length ?? 0).toBe(page.match(/<\/details>/g)?.length ?? 0);
      expect(page.match(/<h1>/g)).toHaveLength(1);
    }),
    { numRuns: 60, seed: 6 },
  );
});

test("no secret comes into a report: neither what the engine blinds nor what only its name tells", () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9]{20,40}$/);
  const place = fc.constantFrom("password", "encryptionKey", "apiToken", "privateKeyPem", "clientSecret");
  fc.assert(
    fc.property(secret, secret, place, types, op, (before, after, name, type, what) => {
      const holding = (text: string) => ({
        [name]: text,
        nested: { list: [{ [name]: text }] },
        pem: `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----`,
      });
      const one = envelope({
        tenants: [envelopeTenant("hohenbrueck")],
        document: {
          steps: [
            step("hohenbrueck", "thing", type, what, {
              before: holding(before),
              after: holding(after),
              paths: { [name]: "update", nested: "update", "nested.list[0]": "update", pem: "update" },
            }),
          ],
        },
      });
      const report = reportOf([one]);
      const shown = toMarkdown(report) + toHtml(report);
      expect(shown).not.toContain(before);
      expect(shown).not.toContain(after);
    }),
    { numRuns: 200, seed: 6 },
  );
});

test("300 administrations: the comment keeps to its limit, counts what it leaves out, and the page has it all", () => {
  const report = reportOf([fleetEnvelope(300)]);
  const comment = toMarkdown(report, { page: "report.html" });
  expect(comment.length).toBeLessThan(forgeLimit);
  expect(comment).toMatch(/^### 300 of 300 administrations change: \+0 ~900 −0 ±0\n/);
  expect(comment).toMatch(/^> No room here for (?:\d+ rows, )?\d+ blocks: see report\.html\.$/m);
  const page = toHtml(report);
  expect(page.match(/<details id="site-/g)).toHaveLength(300);
  expect(page.match(/\+ {3}citizens.modules.minutes: false/g)).toHaveLength(300);
});
