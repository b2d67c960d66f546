import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CapacityInput, type CapacityVm, footprint, planCapacity } from "../../../model/capacity.ts";

const gib = 2 ** 30;
const host = (nameLabel: string, memory = 32, differs: object = {}) => ({
  nameLabel,
  memory: memory * gib,
  controlDomain: 2 * gib,
  enabled: true,
  live: true,
  ...differs,
});
const vm = (id: string, memory = 8, isNew = false): CapacityVm => ({
  id,
  memory: memory * gib,
  cpus: 2,
  isNew,
});
const input = (differs: Partial<CapacityInput> = {}): CapacityInput => ({
  pool: "nord",
  hosts: [host("xcp-1"), host("xcp-2"), host("xcp-3")],
  vms: [],
  others: [],
  hostFailures: 1,
  ...differs,
});

describe("N+1", () => {
  test("what a VM takes is more than its memory", () => {
    expect(footprint({ memory: 8 * gib, cpus: 4 })).toBe(8 * gib + 64 * 2 ** 20 + 6 * 2 ** 20);
  });

  test("fits: numbers and a sentence", () => {
    const found = planCapacity(
      input({ vms: [vm("a"), vm("b"), vm("c"), vm("d"), vm("e"), vm("f"), vm("g")] }),
    );
    expect(found).toMatchObject({ fits: true, has: 60 * gib, lost: ["xcp-1"], away: [], move: [] });
    expect(found.sentence).toBe(
      'The pool "nord" bears it: its protected VMs need 56.5 GiB, and with "xcp-1" failed it has 60 GiB.',
    );
  });

  test("too small: what is missing, and the fewest VMs to move, those to be made first", () => {
    const vms = [
      vm("alt-a", 16),
      vm("alt-b", 16),
      vm("alt-c", 16),
      vm("neu-a", 4, true),
      vm("neu-b", 10, true),
    ];
    const found = planCapacity(input({ vms: [...vms, vm("alt-d", 8)] }));
    expect(found.fits).toBe(false);
    expect(found.move.map(({ id }) => id)).toEqual(["neu-b", "neu-a"]);
    expect(found.sentence).toBe(
      'The pool "nord" is too small to bear host failures: its protected VMs need 70.6 GiB, and with "xcp-1" failed it has 60 GiB; 10.6 GiB are missing: move neu-b (10 GiB, new), neu-a (4 GiB, new) to another pool, or add memory or a host.',
    );
  });

  test("the largest hosts are those that fail, as many as are to be borne", () => {
    const hosts = [host("klein", 16), host("gross", 64), host("mittel", 32), host("winzig", 8)];
    expect(planCapacity(input({ hosts }))).toMatchObject({ lost: ["gross"], has: (14 + 30 + 6) * gib });
    expect(planCapacity(input({ hosts, hostFailures: 2 }))).toMatchObject({
      lost: ["gross", "mittel"],
      has: (14 + 6) * gib,
    });
  });

  test("hosts that are down or in maintenance do not count", () => {
    const hosts = [host("xcp-1"), host("xcp-2", 32, { live: false }), host("xcp-3", 32, { enabled: false })];
    const found = planCapacity(input({ hosts, vms: [vm("a")] }));
    expect(found).toMatchObject({ fits: false, has: 0, lost: ["xcp-1"], away: ["xcp-2", "xcp-3"] });
    expect(found.sentence).toContain(
      'with "xcp-1" failed, "xcp-2" is down or in maintenance, "xcp-3" is down or in maintenance it has 0 GiB',
    );
  });

  test("other people's VMs need their room, protected or not", () => {
    const others = [
      { nameLabel: "xo", memory: 4 * gib, protected: true },
      { nameLabel: "test", memory: 10 * gib, protected: false },
    ];
    expect(planCapacity(input({ others }))).toMatchObject({
      needs: footprint({ memory: 4 * gib, cpus: 0 }),
      has: 50 * gib,
    });
  });

  test("a VM that no host can hold is refused though the sum would fit", () => {
    const found = planCapacity(input({ vms: [vm("riese", 40)] }));
    expect(found).toMatchObject({ fits: false, move: [{ id: "riese" }] });
    expect(found.sentence).toContain("no single host has more than 30 GiB for one VM: move riese (40 GiB)");
  });

  test("what is said to be moved is enough, and without its last one it is not", () => {
    const vms = fc.uniqueArray(
      fc.record({
        id: fc.stringMatching(/^[a-z]{3,6}$/),
        memory: fc.integer({ min: 1, max: 24 }).map((size) => size * gib),
        cpus: fc.integer({ min: 1, max: 8 }),
        isNew: fc.boolean(),
      }),
      { selector: ({ id }) => id, maxLength: 14 },
    );
    fc.assert(
      fc.property(vms, fc.integer({ min: 1, max: 2 }), (all, hostFailures) => {
        const given = input({ vms: all, hostFailures });
        const found = planCapacity(given);
        const moved = new Set(found.move.map(({ id }) => id));
        const after = planCapacity({ ...given, vms: all.filter(({ id }) => !moved.has(id)) });
        expect(after.fits).toBe(true);
        expect(found.fits).toBe(found.move.length === 0);
        moved.delete(found.move.at(-1)?.id ?? "");
        if (!found.fits) {
          const fewer = planCapacity({ ...given, vms: all.filter(({ id }) => !moved.has(id)) });
          expect(fewer.fits).toBe(false);
        }
      }),
      { seed: 20261011, numRuns: 300 },
    );
  });

  test("more hosts never need more, and more VMs never fit better", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 }), (sizes) => {
        const vms = sizes.map((size, at) => vm(`vm-${at}`, size));
        const before = planCapacity(input({ vms }));
        expect(planCapacity(input({ vms, hosts: [...input().hosts, host("xcp-4")] })).has).toBeGreaterThan(
          before.has,
        );
        const grown = planCapacity(input({ vms: [...vms, vm("noch-eine", 4)] }));
        if (!before.fits) expect(grown.fits).toBe(false);
      }),
      { seed: 20261012, numRuns: 100 },
    );
  });
});
