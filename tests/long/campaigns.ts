import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { escapeHtml, sitePages } from "../../guest/page.ts";
import { canonicalJson } from "../../guest/site-values.ts";
import { ApiError } from "../../lab/cloudflare/api.ts";
import { normaliseRecord } from "../../lab/cloudflare/record-content.ts";
import { presentRecord } from "../../lab/cloudflare/records.ts";
import { tryParseTxt } from "../../lab/cloudflare/txt.ts";
import { decodeRecords, encodeRecord, Journal } from "../../lab/journal.ts";
import { parseFarm } from "../../model/farm.ts";
import { FarmProblems } from "../../model/problems.ts";
import { decodeProperties, encodeProperties } from "../../providers/kit/wire.ts";
import { awkward, fullTenant, mutate, mutation } from "../support/awkward-values.ts";
import { printable, record, zone } from "../support/dns-records.ts";
import { type Step, sequences } from "../support/edits/edit.ts";
import { history, replay } from "../support/histories.ts";
import { type KillPlan, killPlans } from "../support/kill-plan.ts";
import { agreedMonth } from "../support/sla-agreement.ts";
import { slaCases } from "../support/sla-cases.ts";
import { properties } from "../support/wire-values.ts";
import { environment, neighbour, settings, tenant } from "../unit/model/fixtures.ts";
import { ChildFarm } from "./child-farm.ts";

/** One property that is tried on ever more values. */
export interface Campaign {
  /** Cases of one seed: some seconds' work. */
  readonly cases: number;
  readonly property: fc.IAsyncProperty<unknown> | fc.IProperty<unknown>;
  /** Whether a case meets what the one before it left: then what failed is not made smaller. @default false */
  readonly buildsUp?: boolean;
  /** Called after each seed. @default - nothing has to be tidied up */
  readonly close?: () => Promise<void>;
}

const settingsFile = "Pulumi.lab.yaml";
const now = new Date("2026-10-01T08:00:00Z");

/** A farm parses, or its problems name a file that was given and, unless nothing has fields, a field. */
function checkFarm(given: unknown, values: readonly unknown[]): void {
  const tenants = values.map((value, index) => ({ file: `tenants/${index}.ts`, value }));
  try {
    parseFarm({ settings: given, settingsFile, tenants, environment, now });
  } catch (error) {
    if (!(error instanceof FarmProblems)) throw error;
    assert.notEqual(error.problems.length, 0);
    for (const { file, field, why } of error.problems) {
      assert.ok(file === settingsFile || tenants.some((each) => each.file === file), file);
      if (field === "") assert.match(why, /must|cannot be read|comes from/);
      assert.doesNotMatch(why, /^$|undefined|\[object|NaN|\n/);
      assert.ok(field.length < 1000);
    }
    JSON.parse(JSON.stringify(error));
  }
}

/** What a journal kept of a history when its file was cut off, and whether it goes on from there. */
async function cutJournal(records: Parameters<typeof replay>[0], cut: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "farm-long-"));
  try {
    const journal = new Journal(folder, () => ({}));
    await Promise.all(records.map((each) => journal.append(each)));
    await journal.close();
    const path = join(folder, "journal-0.jsonl");
    truncateSync(path, cut % (statSync(path).size + 1));
    const again = new Journal(folder, () => ({}));
    const kept = again.loaded.records;
    assert.deepEqual(again.loaded.image, replay(records.slice(0, kept)));
    await again.append([["objects", "after", { text: "the crash" }]]);
    await again.close();
    const last = new Journal(folder, () => ({}));
    await last.close();
    assert.equal(last.loaded.tornBytes, 0);
    assert.equal(last.loaded.records, kept + 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function tryNormalise(body: unknown): ReturnType<typeof normaliseRecord> | undefined {
  try {
    return normaliseRecord(body, zone);
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

const mutations = (example: object) => fc.array(mutation(example), { minLength: 1, maxLength: 6 });
const site = {
  ...tenant(),
  contactEmail: "rat@hohenbrueck.de",
};

let killed: ChildFarm<KillPlan> | undefined;
let edited: ChildFarm<readonly Step[]> | undefined;

/** All campaigns by name. */
export const campaigns: Readonly<Record<string, Campaign>> = {
  "farm-anything": {
    cases: 500,
    property: fc.property(awkward, awkward, (one, two) => {
      checkFarm(one, [two, tenant()]);
      checkFarm(settings(), [tenant(), two]);
    }),
  },
  "farm-mutated-tenant": {
    cases: 1000,
    property: fc.property(mutations(fullTenant), (changes) => {
      const value = structuredClone(fullTenant);
      for (const change of changes) mutate(value, change);
      checkFarm(settings(), [value, neighbour("nachbar", 12)]);
    }),
  },
  "farm-mutated-settings": {
    cases: 1000,
    property: fc.property(mutations(settings()), (changes) => {
      const given = settings();
      for (const change of changes) mutate(given, change);
      checkFarm(given, [fullTenant, neighbour("nachbar", 12)]);
    }),
  },
  "journal-file": {
    cases: 60,
    property: fc.asyncProperty(history, fc.nat(), cutJournal),
  },
  "journal-bytes": {
    cases: 2000,
    property: fc.property(
      history,
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (all, cut, at, flip) => {
        const lines = all.map((each, number) => Buffer.from(encodeRecord(number, each)));
        const bytes = Buffer.concat(lines);
        const end = cut % (bytes.length + 1);
        const { records, goodBytes } = decodeRecords(bytes.subarray(0, end));
        assert.deepEqual(records, all.slice(0, records.length));
        assert.ok(goodBytes <= end && goodBytes + (lines[records.length]?.length ?? 1) > end);
        const position = at % bytes.length;
        bytes[position] = (bytes[position] ?? 0) ^ flip;
        const damaged = decodeRecords(bytes).records;
        assert.ok(damaged.length < all.length);
        assert.deepEqual(damaged, all.slice(0, damaged.length));
      },
    ),
  },
  "kit-wire": {
    cases: 2000,
    property: fc.property(properties, (given) => {
      const wire = encodeProperties(given);
      assert.deepStrictEqual(decodeProperties(wire), given);
      assert.deepStrictEqual(decodeProperties(JSON.parse(JSON.stringify(wire))), decodeProperties(wire));
    }),
  },
  "dns-records": {
    cases: 3000,
    property: fc.property(record, (sent) => {
      const once = tryNormalise(sent);
      if (once === undefined) return;
      const row = { ...once, id: "0".repeat(32), zone_id: "0".repeat(32), created_on: "", modified_on: "" };
      assert.deepEqual(normaliseRecord(once, zone), once);
      assert.deepEqual(normaliseRecord(presentRecord(row), zone), once);
      assert.ok(once.name === zone || once.name.endsWith(`.${zone}`));
      assert.equal(once.name, once.name.toLowerCase());
    }),
  },
  "dns-anything": {
    cases: 3000,
    property: fc.property(fc.anything(), printable, (sent, plain) => {
      tryNormalise(sent);
      tryNormalise({ type: "TXT", name: "@", content: sent });
      const quoted = `"${plain.replaceAll(/(["\\])/g, "\\$1")}"`;
      assert.equal(Buffer.concat(tryParseTxt(quoted) ?? []).toString(), plain);
    }),
  },
  // Runs that are killed, one after the other on a farm of its own for each seed: fifty kills are ten seeds.
  "killed-runs": {
    cases: 5,
    property: fc.asyncProperty(killPlans, async (plan) => {
      killed ??= new ChildFarm("killed-farm-main.ts");
      await killed.round(plan);
    }),
    buildsUp: true,
    async close() {
      await killed?.close();
      killed = undefined;
    },
  },
  // Edits of the files, each sequence on an empty farm, by the providers without the engine: five hundred are 25 seeds.
  "random-edits": {
    cases: 20,
    property: fc.asyncProperty(sequences({ steps: 5, edits: 5 }), async (steps) => {
      edited ??= new ChildFarm("edited-farm-main.ts");
      await edited.round(steps);
    }),
    async close() {
      await edited?.close();
      edited = undefined;
    },
  },
  // Months of the service level against counting second by second: twenty thousand are 40 seeds.
  "sla-months": {
    cases: 500,
    property: fc.property(slaCases, (given) => {
      agreedMonth(given);
    }),
  },
  "canonical-json": {
    cases: 3000,
    property: fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.equal(canonicalJson(JSON.parse(text)), text);
    }),
  },
  "page-escaping": {
    cases: 1000,
    property: fc.property(fc.string({ unit: "binary" }), fc.string(), (name, link) => {
      const given = { ...site, name, links: { ...site.links, home: link } };
      for (const [file, page] of Object.entries(sitePages(given))) {
        const plain = sitePages(site)[file] ?? "";
        // Whatever the texts hold, the pages have as many tags and quotes as with harmless ones.
        for (const mark of [/</g, />/g, /"/g])
          assert.equal(page.match(mark)?.length, plain.match(mark)?.length, `${file} ${mark}`);
      }
      assert.doesNotMatch(escapeHtml(name), /[<>"']/);
    }),
  },
};
