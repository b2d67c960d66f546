import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type DrainHost,
  type DrainPlan,
  type DrainVm,
  planDrain,
  planReturn,
} from "../../../model/drain-plan.ts";

const gib = 2 ** 30;

function host(name: string, free: number, takes = true): DrainHost {
  return { id: name, name, free: free * gib, takes };
}

function vm(name: string, memory: number, differs: Partial<DrainVm> = {}): DrainVm {
  return { id: `id-${name}`, name, memory: memory * gib, host: "one", ...differs };
}

const moves = (plan: DrainPlan): string[] => plan.moves.map(({ vm: { name }, to }) => `${name} → ${to.name}`);
const stuck = (plan: DrainPlan): string[] => plan.stuck.map(({ vm: { name }, why }) => `${name}: ${why}`);

describe("who goes where", () => {
  const hosts = [host("one", 0), host("two", 10), host("three", 8)];

  test("largest first, each to the host with most room, and nobody else's VM", () => {
    const plan = planDrain(
      hosts,
      [vm("small", 1), vm("large", 4), vm("mid", 3), vm("other", 2, { host: "two" })],
      "one",
    );
    expect(moves(plan)).toEqual(["large → two", "mid → three", "small → two"]);
    expect(plan.stuck).toEqual([]);
  });

  test("to the host that it prefers, where that has room and takes VMs", () => {
    const guests = [
      vm("a", 4, { affinityHost: "three" }),
      vm("b", 5, { affinityHost: "three" }),
      vm("c", 1, { affinityHost: "one" }),
    ];
    expect(moves(planDrain(hosts, guests, "one"))).toEqual(["b → three", "a → two", "c → two"]);
    const without = [host("one", 0), host("two", 20), host("three", 8, false)];
    expect(moves(planDrain(without, guests, "one"))).toEqual(["b → two", "a → two", "c → two"]);
  });

  test("keeps the large gaps for the large VMs where an even spread leaves one over", () => {
    const tight = [host("one", 0), host("two", 6), host("three", 4)];
    expect(moves(planDrain(tight, [vm("a", 4), vm("b", 3), vm("c", 3)], "one"))).toEqual([
      "a → three",
      "b → two",
      "c → two",
    ]);
    const preferring = [vm("a", 4, { affinityHost: "two" }), vm("b", 3), vm("c", 3)];
    expect(planDrain(tight, preferring, "one").stuck).toEqual([]);
  });

  test("says with numbers who has no room, and why somebody cannot move", () => {
    const guests = [vm("big", 12), vm("fits", 9), vm("asleep", 1, { fixed: "it is paused" })];
    const plan = planDrain(hosts, guests, "one");
    expect(moves(plan)).toEqual(["fits → two"]);
    expect(stuck(plan)).toEqual([
      "big: needs 12 GiB; two has 1 GiB left, three has 8 GiB left",
      "asleep: it is paused",
    ]);
    expect(stuck(planDrain([host("one", 0)], [vm("a", 1)], "one"))).toEqual([
      "a: needs 1 GiB; no other host takes VMs",
    ]);
  });

  test("room is rounded down: what is said is there", () => {
    const [only] = planDrain([host("one", 0), host("two", 1.99)], [vm("a", 2)], "one").stuck;
    expect(only?.why).toBe("needs 2 GiB; two has 1.9 GiB left");
  });
});

describe("who comes back", () => {
  test("those that prefer the host, as far as they fit", () => {
    const hosts = [host("one", 5), host("two", 0), host("three", 0)];
    const home = { affinityHost: "one" };
    const guests = [
      vm("stays", 1, { host: "two", affinityHost: "two" }),
      vm("here", 1, home),
      vm("a", 2, { host: "two", ...home }),
      vm("b", 4, { host: "three", ...home }),
      vm("c", 1, { host: "three", ...home }),
      vm("d", 1, { host: "two", ...home, fixed: "it is paused" }),
    ];
    const plan = planReturn(hosts, guests, "one");
    expect(plan.moves.map(({ vm: { name }, from, to }) => `${name}: ${from.name} → ${to.name}`)).toEqual([
      "b: three → one",
      "c: three → one",
    ]);
    expect(stuck(plan)).toEqual(["a: needs 2 GiB; one has 1 GiB left", "d: it is paused"]);
  });
});

const farms = fc
  .record({
    free: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 5 }),
    takes: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    guests: fc.array(
      fc.record({
        memory: fc.integer({ min: 1, max: 12 }),
        at: fc.integer({ min: 0, max: 5 }),
        prefers: fc.option(fc.integer({ min: 0, max: 5 })),
        fixed: fc.boolean(),
      }),
      { maxLength: 20 },
    ),
  })
  .map(({ free, takes, guests }) => {
    const hosts = [0, ...free].map((room, at) => host(`h${at}`, room, takes[at] ?? true));
    const vms = guests.map(({ memory, at, prefers, fixed }, index) =>
      vm(`v${index}`, memory, {
        host: `h${at % hosts.length}`,
        ...(prefers !== null && { affinityHost: `h${prefers}` }),
        ...(fixed && at === 0 && { fixed: "it is paused" }),
      }),
    );
    return { hosts, vms };
  });

/** What is left on each host once everybody has moved. */
function rest(hosts: readonly DrainHost[], plan: DrainPlan): Map<string, number> {
  const room = new Map(hosts.map(({ id, free }) => [id, free]));
  for (const {
    vm: { memory },
    to,
  } of plan.moves)
    room.set(to.id, (room.get(to.id) ?? 0) - memory);
  return room;
}

test("any plan moves each VM of the host once or says why not, and fills no host beyond its room", () => {
  fc.assert(
    fc.property(farms, ({ hosts, vms }) => {
      const plan = planDrain(hosts, vms, "h0");
      const named = [...plan.moves, ...plan.stuck].map(({ vm: { id } }) => id).sort();
      const own = vms.filter((one) => one.host === "h0");
      expect(named).toEqual(own.map(({ id }) => id).sort());
      for (const { to, from } of plan.moves)
        expect([to.takes, to.id === "h0", from.id]).toEqual([true, false, "h0"]);
      const room = rest(hosts, plan);
      for (const { id, takes } of hosts) if (takes) expect(room.get(id)).toBeGreaterThanOrEqual(0);
      // Nobody stays for whom there is room in the end.
      const open = hosts.filter(({ id, takes }) => id !== "h0" && takes).map(({ id }) => room.get(id) ?? 0);
      for (const { vm: left } of plan.stuck)
        if (left.fixed === undefined) expect(Math.max(-1, ...open)).toBeLessThan(left.memory);
      const sizes = plan.moves.map(({ vm: { memory } }) => memory);
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    }),
    { seed: 20261126, numRuns: 500 },
  );
});

test("a plan does not depend on the order in which hosts and VMs are listed", () => {
  fc.assert(
    fc.property(farms, ({ hosts, vms }) => {
      const turned = planDrain([...hosts].reverse(), [...vms].reverse(), "h0");
      const plan = planDrain(hosts, vms, "h0");
      expect(moves(turned)).toEqual(moves(plan));
      expect(turned.stuck.map(({ vm: { id } }) => id)).toEqual(plan.stuck.map(({ vm: { id } }) => id));
    }),
    { seed: 20261126, numRuns: 300 },
  );
});

test("who has left comes back: after a drain and the way home, those that prefer the host run on it", () => {
  fc.assert(
    fc.property(farms, ({ hosts, vms }) => {
      const settled = vms.map((one) => ({ ...one, affinityHost: one.host }));
      const plan = planDrain(hosts, settled, "h0");
      const at = new Map(plan.moves.map(({ vm: { id }, to }) => [id, to.id]));
      const moved = settled.map((one) => ({ ...one, host: at.get(one.id) ?? one.host }));
      const freed = plan.moves.reduce((sum, { vm: { memory } }) => sum + memory, 0);
      const after = hosts.map((each) => (each.id === "h0" ? { ...each, free: each.free + freed } : each));
      const home = planReturn(after, moved, "h0");
      expect(home.moves.map(({ vm: { id } }) => id).sort()).toEqual([...at.keys()].sort());
      expect(home.stuck).toEqual([]);
    }),
    { seed: 20261126, numRuns: 300 },
  );
});
