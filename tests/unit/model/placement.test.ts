import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { affinityHost, preferences, restartClass, restartOrder } from "../../../model/placement.ts";
import type { Kind } from "../../../model/tenant-input.ts";

describe("rendezvous hashing", () => {
  const ids = Array.from({ length: 300 }, (_, at) => `verwaltung-${at}`);
  const hosts = ["xcp-nord-1", "xcp-nord-2", "xcp-nord-3", "xcp-nord-4"];

  // Another table here means that an update moves the VMs of every farm: that needs a decision, not a new table.
  test("the frozen table", () => {
    const table = [
      "hohenbrueck",
      "amt-seenplatte-nord",
      "landkreis-auental",
      "abc",
      "stadt-x",
      "kreis-7",
    ].map((id) => [id, affinityHost(id, hosts.slice(0, 3))]);
    expect(table).toEqual([
      ["hohenbrueck", "xcp-nord-1"],
      ["amt-seenplatte-nord", "xcp-nord-2"],
      ["landkreis-auental", "xcp-nord-1"],
      ["abc", "xcp-nord-3"],
      ["stadt-x", "xcp-nord-3"],
      ["kreis-7", "xcp-nord-3"],
    ]);
  });

  test("removing a host moves only the VMs that were on it", () => {
    for (const gone of hosts) {
      const left = hosts.filter((host) => host !== gone);
      for (const id of ids) {
        const before = affinityHost(id, hosts);
        if (before !== gone) expect(affinityHost(id, left)).toBe(before);
      }
    }
  });

  test("no host is left out or crowded, and the order of hosts does not matter", () => {
    const counts = hosts.map((host) => ids.filter((id) => affinityHost(id, hosts) === host).length);
    for (const count of counts) expect(count).toBeGreaterThan(50);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(hosts, { minLength: hosts.length }),
        fc.constantFrom(...ids),
        (shuffled, id) => {
          expect(affinityHost(id, shuffled)).toBe(affinityHost(id, hosts));
        },
      ),
      { seed: 20261005, numRuns: 100 },
    );
  });
});

describe("restart order", () => {
  const active = { state: "active" } as const;
  const kinds: readonly Kind[] = ["landkreis", "bezirk", "amt", "samtgemeinde", "verbandsgemeinde"];

  // Another table here means that an update changes the order of every farm: that needs a decision.
  test("the frozen table", () => {
    const table = [
      ["landkreis-auental", "landkreis"],
      ["amt-seenplatte-nord", "amt"],
      ["hohenbrueck", "stadt"],
      ["neudorf", "gemeinde"],
      ["wasserverband", "zweckverband"],
    ] as const;
    expect(table.map(([id, kind]) => [id, restartOrder({ id, kind, lifecycle: active })])).toEqual([
      ["landkreis-auental", 11],
      ["amt-seenplatte-nord", 17],
      ["hohenbrueck", 26],
      ["neudorf", 23],
      ["wasserverband", 32],
    ]);
  });

  test("districts and joint administrations before municipalities before associations, the leaving ones last", () => {
    for (const kind of kinds) expect(restartClass({ kind, lifecycle: active })).toBe(1);
    expect(restartClass({ kind: "stadt", lifecycle: active })).toBe(2);
    expect(restartClass({ kind: "gemeinde", lifecycle: active })).toBe(2);
    expect(restartClass({ kind: "zweckverband", lifecycle: active })).toBe(3);
    expect(restartClass({ kind: "landkreis", lifecycle: { state: "terminating" } })).toBe(4);
  });

  test("no class reaches into the next, none is 0, and no number holds half of a class", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 3, maxLength: 40 }),
        fc.constantFrom(...kinds, "stadt"),
        (id, kind) => {
          const order = restartOrder({ id, kind, lifecycle: active });
          expect(Math.floor(order / 10)).toBe(restartClass({ kind, lifecycle: active }));
        },
      ),
      { seed: 20261006, numRuns: 200 },
    );
    const orders = Array.from({ length: 300 }, (_, at) =>
      restartOrder({ id: `stadt-${at}`, kind: "stadt", lifecycle: active }),
    );
    for (let order = 20; order < 28; order++) {
      const count = orders.filter((found) => found === order).length;
      expect(count).toBeGreaterThan(15);
      expect(count).toBeLessThan(60);
    }
  });
});

test("preferences: every candidate once, and one that goes leaves the order of the others", () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.string(), names, fc.nat(), (key, candidates, at) => {
      const ranked = preferences(key, candidates);
      expect([...ranked].sort()).toEqual([...candidates].sort());
      const gone = candidates[at % candidates.length];
      const left = candidates.filter((name) => name !== gone);
      expect(preferences(key, left)).toEqual(ranked.filter((name) => name !== gone));
    }),
    { seed: 20261007, numRuns: 200 },
  );
});
