import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  assignHosts,
  type Configuration,
  maxFailures,
  planExists,
  planWithout,
} from "../../../lab/xo/ha/plan.ts";

/** Three hosts of 30 with what runs on them; machines are named by their place in the list. */
function pool(...loads: number[][]): Configuration {
  return {
    hosts: loads.map((load, index) => ({
      id: `h${index}`,
      free: 30 - load.reduce((sum, size) => sum + size, 0),
    })),
    vms: loads.flatMap((load, index) =>
      load.map((memory, number) => ({ id: `h${index}v${number}`, memory, host: `h${index}` })),
    ),
  };
}

describe("the failover plan", () => {
  it("bears as many failures as the rest has room for", () => {
    expect(maxFailures(pool([8], [8], [8]))).toBe(2);
    expect(maxFailures(pool([8, 8], [8], [8]))).toBe(1);
    expect(maxFailures(pool([20], [20], [20]))).toBe(0);
    expect(maxFailures(pool([], [], []))).toBe(2);
    expect(planExists(pool([20], [20], [20]), 0)).toBe(true);
    expect(planExists(pool([1], [1], [1]), 3)).toBe(false);
  });

  it("counts the sum of free memory for nothing: a machine has to fit on one host", () => {
    // 14 are free on each host: 16 in one piece fit nowhere, in two pieces they do.
    expect(maxFailures(pool([16], [16], [16]))).toBe(0);
    expect(maxFailures(pool([8, 8], [8, 8], [8, 8]))).toBe(1);
    // The failure that counts is that of the largest.
    expect(maxFailures(pool([2], [2], [29]))).toBe(0);
  });

  it("places machines that wait already before it bears anything", () => {
    const { hosts, vms } = pool([8], [8]);
    const waiting = { id: "w", memory: 14, host: undefined };
    expect(planWithout(new Set(), { hosts, vms: [...vms, waiting] })?.get("w")).toBe("h0");
    expect(maxFailures({ hosts, vms: [...vms, waiting] })).toBe(1);
    expect(maxFailures({ hosts, vms: [...vms, { ...waiting, memory: 15 }] })).toBe(0);
  });

  it("never puts more on a host than it has room for, and leaves nobody out who must be placed", () => {
    const size = fc.integer({ min: 1, max: 12 });
    const loads = fc.array(fc.array(size, { maxLength: 3 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(loads, fc.array(fc.nat(3), { maxLength: 2 }), (given, lost) => {
        const configuration = pool(...given.map((load) => load.filter((_, index) => index < 2)));
        const gone = new Set(lost.map((index) => `h${index}`));
        const places = planWithout(gone, configuration);
        if (places === undefined) return;
        const homeless = configuration.vms.filter((vm) => gone.has(vm.host ?? ""));
        expect([...places.keys()].sort()).toEqual(homeless.map(({ id }) => id).sort());
        for (const host of configuration.hosts) {
          const taken = homeless.filter((vm) => places.get(vm.id) === host.id);
          expect(taken.reduce((sum, vm) => sum + vm.memory, 0)).toBeLessThanOrEqual(host.free);
          if (taken.length > 0) expect(gone.has(host.id)).toBe(false);
        }
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});

describe("the choice of hosts after a failure", () => {
  const hosts = [
    { id: "a", free: 10 },
    { id: "b", free: 8 },
  ];
  const vm = (id: string, memory: number, prefers?: string) => ({ id, memory, prefers });

  it("takes the preferred host, else that with most room", () => {
    expect([...assignHosts([vm("1", 2), vm("2", 2, "b")], hosts)]).toEqual([
      ["1", "a"],
      ["2", "b"],
    ]);
  });

  it("gives up a preference when somebody later would not fit", () => {
    expect([...assignHosts([vm("1", 6, "a"), vm("2", 10)], hosts)]).toEqual([
      ["1", "b"],
      ["2", "a"],
    ]);
  });

  it("serves whoever comes first when not all fit", () => {
    expect([...assignHosts([vm("1", 6, "a"), vm("2", 10), vm("3", 4)], hosts)]).toEqual([
      ["1", "a"],
      ["3", "b"],
    ]);
  });
});
