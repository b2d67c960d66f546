import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planDifferences, planDigest } from "../../../model/plan-digest.ts";
import type { PreviewDocument, PreviewStep } from "../../../model/preview/envelope.ts";

const urn = (name: string): string =>
  `urn:pulumi:prod::allris-farm::farm:site:TenantSite$xenorchestra:index/vm:Vm::${name}`;

function state(name: string, inputs: Record<string, unknown>, more: object = {}) {
  return { urn: urn(name), type: "xenorchestra:index/vm:Vm", inputs, outputs: {}, ...more };
}

/** An update of one place of a machine. */
function update(name: string, path: string, before: Record<string, unknown>, after: Record<string, unknown>) {
  return {
    op: "update",
    urn: urn(name),
    oldState: state(name, before),
    newState: state(name, after),
    detailedDiff: { [path]: { kind: "update", inputDiff: false } },
  };
}

const plan = (...steps: PreviewStep[]): PreviewDocument => ({ steps });
const create = (name: string, inputs: Record<string, unknown>): PreviewStep => ({
  op: "create",
  urn: urn(name),
  newState: state(name, inputs),
});

describe("the digest of a plan", () => {
  test("is 16 hexadecimal digits, that of nothing when nothing changes", () => {
    const same = { op: "same", urn: urn("a"), oldState: state("a", {}), newState: state("a", {}) };
    const root = { op: "create", urn: "urn:pulumi:prod::allris-farm::pulumi:pulumi:Stack::allris-farm-prod" };
    expect(planDigest([])).toMatch(/^[0-9a-f]{16}$/);
    expect(planDigest([plan(same), plan(), plan(root)])).toBe(planDigest([]));
    expect(planDigest([plan(create("a", {}))])).not.toBe(planDigest([]));
  });

  test("is another one for another value, path, operation or resource", () => {
    const digests = [
      plan(update("a", "cpus", { cpus: 2 }, { cpus: 4 })),
      plan(update("a", "cpus", { cpus: 2 }, { cpus: 8 })),
      plan(update("a", "cpus", { cpus: 1 }, { cpus: 4 })),
      plan(update("a", "memoryMax", { memoryMax: 2 }, { memoryMax: 4 })),
      plan(update("b", "cpus", { cpus: 2 }, { cpus: 4 })),
      plan({ ...update("a", "cpus", { cpus: 2 }, { cpus: 4 }), op: "replace" }),
      plan(create("a", { cpus: 4 })),
      plan({ op: "delete", urn: urn("a"), oldState: state("a", { cpus: 4 }) }),
    ].map((document) => planDigest([document]));
    expect(new Set(digests).size).toBe(digests.length);
  });

  test("sees values of an update whose places the provider does not name", () => {
    const silent = (cpus: number): PreviewStep => ({
      ...update("a", "cpus", { cpus: 2 }, { cpus }),
      detailedDiff: {},
    });
    expect(planDigest([plan(silent(4))])).not.toBe(planDigest([plan(silent(8))]));
    expect(planDigest([plan(silent(4))])).toBe(planDigest([plan(silent(4))]));
    const nothing = {
      op: "same",
      urn: urn("b"),
      oldState: state("b", { cpus: 1 }),
      newState: state("b", { cpus: 1 }),
    };
    expect(planDigest([plan(silent(4), nothing)])).toBe(planDigest([plan(silent(4))]));
  });

  test("sees places in lists and behind quoted keys, of inputs and of outputs alone", () => {
    const disks = (size: number) => ({ disks: [{ size: 1 }, { size }] });
    const label = (value: string) => ({ labels: { "a.b": value } });
    const drift = (power: string): PreviewStep => ({
      op: "refresh",
      urn: urn("a"),
      oldState: state("a", {}, { outputs: { power: "on" } }),
      newState: state("a", {}, { outputs: { power } }),
      detailedDiff: { power: { kind: "update" } },
    });
    for (const [one, other] of [
      [update("a", "disks[1].size", disks(1), disks(2)), update("a", "disks[1].size", disks(1), disks(3))],
      [
        update("a", 'labels["a.b"]', label("x"), label("y")),
        update("a", 'labels["a.b"]', label("x"), label("z")),
      ],
      [drift("off"), drift("paused")],
    ] as const)
      expect(planDigest([plan(one)])).not.toBe(planDigest([plan(other)]));
  });

  test("sees that a protection is lifted, though no property changes", () => {
    const lifted = {
      op: "same",
      urn: urn("a"),
      oldState: state("a", {}, { protect: true }),
      newState: state("a", {}, { protect: false }),
    };
    expect(planDigest([plan(lifted)])).not.toBe(planDigest([]));
  });

  test("knows neither secrets nor where files lie, but what is in files", () => {
    const asset = (path: string, hash: string) => ({
      source: { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", path, hash },
    });
    const secret = (ciphertext: string) => ({
      token: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext },
    });
    const digest = (inputs: Record<string, unknown>) => planDigest([plan(create("a", inputs))]);
    expect(digest(asset("/home/a/site.py", "00ff"))).toBe(digest(asset("../b/site.py", "00ff")));
    expect(digest(asset("/home/a/site.py", "00ff"))).not.toBe(digest(asset("/home/a/site.py", "00fe")));
    expect(digest(secret("v1:abc"))).toBe(digest(secret("v1:def")));
    expect(digest(secret("v1:abc"))).toBe(digest({ token: "[secret]" }));
  });

  test("does not depend on the order of steps, of documents or of keys, nor on durations and messages", () => {
    const steps = fc.uniqueArray(
      fc.record({
        name: fc.stringMatching(/^[a-z]{1,8}$/),
        inputs: fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.jsonValue()),
      }),
      { selector: ({ name }) => name, maxLength: 8 },
    );
    fc.assert(
      fc.property(steps, fc.nat(7), fc.integer(), (list, cut, duration) => {
        const all = list.map(({ name, inputs }) => create(name, inputs));
        const turned = [...list]
          .reverse()
          .map(({ name, inputs }) => create(name, Object.fromEntries(Object.entries(inputs).reverse())));
        const documents = [
          {
            ...plan(...turned.slice(cut)),
            duration,
            diagnostics: [{ message: `${duration}`, severity: "info" }],
          },
          plan(...turned.slice(0, cut)),
        ];
        expect(planDigest(documents)).toBe(planDigest([plan(...all)]));
        expect(planDifferences([plan(...all)], documents)).toEqual([]);
      }),
    );
  });
});

describe("what differs between two plans", () => {
  test("is said of each resource in a sentence", () => {
    const reviewed = plan(
      update("amtsee-vm", "cpus", { cpus: 2 }, { cpus: 4 }),
      update("burg-vm", "cpus", { cpus: 2 }, { cpus: 4 }),
      update("cuxdorf-vm", "cpus", { cpus: 2 }, { cpus: 4 }),
    );
    const now = plan(
      update("amtsee-vm", "cpus", { cpus: 2 }, { cpus: 8 }),
      { ...update("burg-vm", "cpus", { cpus: 2 }, { cpus: 4 }), op: "replace" },
      { op: "delete", urn: urn("dorf-a"), oldState: state("dorf-a", {}) },
    );
    expect(planDifferences([reviewed], [now])).toEqual([
      "amtsee-vm would be updated as reviewed, with other values at cpus",
      "burg-vm was to be updated, and would be replaced",
      "cuxdorf-vm was to be updated, and would not change",
      "dorf-a would be deleted, and was not to change",
    ]);
    expect(planDifferences([reviewed], [now], 1).at(-1)).toBe("and 3 resources more");
  });
});
