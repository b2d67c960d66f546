import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { drainHost, undrainHost } from "../../../cli/host-drain.ts";
import { findHostPool } from "../../../cli/pool-view.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { Client } from "../xo/support/client.ts";
import { DrainScene } from "./drain-scene.ts";

const [one, two, three] = ["xcp-nord-1", "xcp-nord-2", "xcp-nord-3"] as const;
let scene: DrainScene;

beforeAll(async () => {
  scene = await DrainScene.start();
});
afterAll(() => scene.close());
beforeEach(() => scene.clear());

describe("a host that is drained", () => {
  test("takes no VMs, and all of its VMs run on the others, largest first", async () => {
    await scene.boot("small", two, 1);
    await scene.boot("large", two, 4);
    await scene.boot("stays", three, 2);
    const result = await drainHost(await scene.pool(), two, scene.scope());
    expect(result).toMatchObject({ host: two, enabled: false, complete: true });
    expect(result.rows.map(({ vm, from, to, result: end }) => [vm, from, to, end])).toEqual([
      ["large", two, one, "moved"],
      ["small", two, three, "moved"],
    ]);
    expect(await scene.placement()).toEqual({ [one]: ["large"], [two]: [], [three]: ["small", "stays"] });
    expect((await scene.lab.farm.named("host", two)).enabled).toBe(false);
    expect(scene.said[0]).toBe(`${two} takes no more VMs`);
    expect(scene.said[1]).toMatch(/^large → xcp-nord-1: moved, \d+(\.\d)? s \(1 of 2\)$/);
  });

  test("gets its VMs back, or leaves them", async () => {
    await scene.boot("a", two);
    await scene.boot("b", two);
    await scene.boot("other", one);
    await drainHost(await scene.pool(), two, scene.scope());
    const away = await scene.placement();
    const left = await undrainHost(await scene.pool(), two, { ...scene.scope(), stay: true });
    expect(left).toEqual({ host: two, enabled: true, rows: [], complete: true });
    expect(await scene.placement()).toEqual(away);
    const back = await undrainHost(await scene.pool(), two, { ...scene.scope(), stay: false });
    expect(back.complete).toBe(true);
    expect(await scene.placement()).toEqual({ [one]: ["other"], [two]: ["a", "b"], [three]: [] });
  });

  test("goes on where an interrupted drain stopped", async () => {
    const [a] = [await scene.boot("a", two), await scene.boot("b", two)];
    // As an interruption after the first VM leaves it.
    await scene.lab.farm.call("host.disable", { id: await scene.hostId(two) });
    await scene.lab.farm.call("vm.migrate", { vm: a, targetHost: await scene.hostId(one) });
    const again = await drainHost(await scene.pool(), two, scene.scope());
    expect(again.rows.map(({ vm }) => vm)).toEqual(["b"]);
    const idle = await drainHost(await scene.pool(), two, scene.scope());
    expect(idle).toEqual({ host: two, enabled: false, rows: [], complete: true });
  });

  test("several VMs at a time move side by side", async () => {
    for (const name of ["a", "b", "c", "d"]) await scene.boot(name, two, 1);
    const each = 1500;
    await scene.lab.admin.call("lab.delay", { method: "vm.migrate", milliseconds: each, times: 4 });
    const started = performance.now();
    const { complete } = await drainHost(await scene.pool(), two, scene.scope({ parallel: 4 }));
    expect(complete).toBe(true);
    // One after the other they take this at least.
    expect(performance.now() - started).toBeLessThan(4 * each);
  });
});

describe("a VM that does not move", () => {
  test("does not stop the others, is named with XO's reason, and the drain is not complete", async () => {
    await scene.boot("large", two, 4);
    await scene.boot("small", two, 1);
    await scene.lab.admin.call("lab.failNext", {
      method: "vm.migrate",
      code: 21,
      message: "operation failed",
    });
    const result = await drainHost(await scene.pool(), two, scene.scope());
    expect(result.complete).toBe(false);
    expect(result.rows.map(({ vm, result: end, why }) => [vm, end, why])).toEqual([
      ["large", "failed", "Xen Orchestra refused vm.migrate: operation failed"],
      ["small", "moved", undefined],
    ]);
    const again = await drainHost(await scene.pool(), two, scene.scope());
    expect(again).toMatchObject({ complete: true, rows: [{ vm: "large", result: "moved" }] });
  });

  test("an answer that is lost on the way is no failure: where the VM runs decides", async () => {
    await scene.boot("a", two);
    await scene.lab.admin.call("lab.failNext", { method: "vm.migrate", when: "after" });
    expect(await drainHost(await scene.pool(), two, scene.scope())).toMatchObject({
      complete: true,
      rows: [{ vm: "a", result: "moved" }],
    });
  });

  test("a connection that breaks under a migration is waited out", async () => {
    const own = await DrainScene.start();
    try {
      await own.boot("a", two);
      const { hypervisor } = own.lab;
      const migrate = hypervisor.migrate.bind(hypervisor);
      hypervisor.migrate = async (id, host) => {
        setTimeout(() => void own.lab.admin.call("lab.dropConnections").catch(() => {}), 50);
        await sleep(300);
        return migrate(id, host);
      };
      const { rows } = await drainHost(await own.pool(), two, own.scope());
      expect(rows).toMatchObject([{ vm: "a", result: "moved" }]);
      expect(rows[0]?.seconds).toBeGreaterThanOrEqual(0.3);
    } finally {
      await own.close();
    }
  });

  test("a reason that XO hides from a user who is no administrator is said to be hidden", async () => {
    await scene.boot("a", two);
    await scene.lab.admin.call("lab.failNext", {
      method: "vm.migrate",
      code: -32000,
      message: "unknown error from the peer",
    });
    const { rows } = await drainHost(await scene.pool(), two, scene.scope());
    expect(rows[0]?.why).toContain("XO tells only administrators why");
  });
});

describe("a drain that is refused before anything is touched", () => {
  const untouched = async (): Promise<void> => {
    expect((await scene.lab.farm.named("host", two)).enabled).toBe(true);
    expect((await scene.placement())[two]).not.toEqual([]);
  };

  test("when VMs have no room: who, needs, has; with force the others go", async () => {
    await scene.boot("large", two, 10);
    await scene.boot("small", two, 1);
    await scene.boot("first", one, 8);
    await scene.boot("third", three, 8);
    await expect(drainHost(await scene.pool(), two, scene.scope())).rejects.toThrow(
      /xcp-nord-2 cannot be drained: 1 of its VMs cannot move[\s\S]*large: needs 10\.1 GiB; xcp-nord-1 has \d+(\.\d)? GiB left, xcp-nord-3 has/,
    );
    await untouched();
    const forced = await drainHost(await scene.pool(), two, scene.scope({ force: true }));
    expect(forced).toMatchObject({
      enabled: false,
      complete: false,
      rows: [
        { vm: "small", result: "moved" },
        { vm: "large", from: two, result: "stayed", why: expect.stringContaining("needs 10.1 GiB") },
      ],
    });
    expect((await scene.placement())[two]).toEqual(["large"]);
  });

  test("below N+1: who is left could not bear a further failure; with force it goes", async () => {
    for (const [name, host] of [
      ["a", one],
      ["b", two],
      ["c", three],
    ] as const)
      await scene.boot(name, host, 5);
    await expect(drainHost(await scene.pool(), two, scene.scope())).rejects.toThrow(
      /Without xcp-nord-2 the pool nord no longer bears the failure of a host\n {2}why: {3}.*need 15\.\d GiB.*has 1\d(\.\d)? GiB.*are missing/,
    );
    await untouched();
    const forced = await drainHost(await scene.pool(), two, scene.scope({ force: true }));
    expect(forced).toMatchObject({ complete: true, rows: [{ vm: "b", result: "moved" }] });
  });

  test("by XAPI itself under high availability, also with force: in words, though XO hides the reason", async () => {
    const own = await DrainScene.start();
    try {
      for (const [name, host] of [
        ["a", one],
        ["b", two],
        ["c", three],
      ] as const)
        await own.boot(name, host, 5);
      const { farm, built } = own.lab;
      const pool = await farm.named("pool", "nord");
      await farm.call("pool.enableHa", { pool: pool.id, heartbeatSrs: [pool.default_SR], configuration: {} });
      const record = built.simulator.store.objects.get(pool.id);
      await built.simulator.store.commit([
        ["objects", pool.id, { ...record, haHostFailuresToTolerate: 1 } as never],
      ]);
      await expect(drainHost(await own.pool(), two, own.scope({ force: true }))).rejects.toThrow(
        /xcp-nord-2 may not leave service while high availability is on/,
      );
      expect((await farm.named("host", two)).enabled).toBe(true);
    } finally {
      await own.close();
    }
  });

  test("for users without enough rights: which right is missing on what", async () => {
    const { admin, farm, port } = scene.lab;
    await scene.boot("a", two);
    const subject = await admin.call("user.create", { email: "operator", password: "long enough" });
    const { id: object } = await farm.named("pool", "nord");
    await admin.call("acl.add", { subject, object, action: "operator" });
    const client = await Client.connect(port);
    await client.call("session.signIn", { email: "operator", password: "long enough" });
    const xo = new XoClient({ url: `ws://127.0.0.1:${port}`, token: await client.call("token.create", {}) });
    try {
      const id = await scene.hostId(two);
      await expect(drainHost(await scene.pool(), two, scene.scope({ xo }))).rejects.toThrow(
        `the token's user lacks the right administrate on host ${id}`,
      );
      await expect(drainHost(await scene.pool(), two, scene.scope({ admin: xo }))).rejects.toThrow(
        /refused backupNg\.getAllJobs[\s\S]*only administrators of XO may do that/,
      );
      await untouched();
    } finally {
      xo.close();
      client.close();
    }
  });

  test("when a VM is paused, or somebody blocked its migration", async () => {
    const id = await scene.boot("a", two);
    await scene.lab.farm.call("vm.set", {
      id,
      blockedOperations: { pool_migrate: "licence bound to this host" },
    });
    await expect(drainHost(await scene.pool(), two, scene.scope())).rejects.toThrow(
      /a: its migration is blocked: licence bound to this host/,
    );
    await scene.lab.farm.call("vm.set", { id, blockedOperations: { pool_migrate: null } });
    await scene.lab.farm.call("vm.pause", { id });
    await expect(drainHost(await scene.pool(), two, scene.scope())).rejects.toThrow(/a: it is paused/);
    await untouched();
  });

  test("while a VM of the pool is backed up, also for a user who sees no jobs", async () => {
    await scene.boot("a", two);
    const id = await scene.boot("b", one);
    const reason = "VM migration is blocked during backup";
    await scene.lab.farm.call("vm.set", {
      id,
      blockedOperations: { pool_migrate: reason, migrate_send: reason },
    });
    await expect(drainHost(await scene.pool(), two, scene.scope())).rejects.toThrow(
      /Cannot drain xcp-nord-2 while a backup runs\n {2}where: backup of VM b\n/,
    );
    await untouched();
  });

  test("when there is no such host, with the hosts there are", async () => {
    await expect(findHostPool(scene.xo, "xcp-nord-4")).rejects.toThrow(
      /There is no host xcp-nord-4\n {2}where: hosts in Xen Orchestra: xcp-nord-1, xcp-nord-2, xcp-nord-3\n/,
    );
    const { pool, host } = await findHostPool(scene.xo, two);
    expect([pool.name, host.name, pool.hosts[0]?.name]).toEqual(["nord", two, one]);
  });
});
