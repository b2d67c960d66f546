import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import type { MoveJournal, Place } from "../../../cli/pool-move/journal.ts";
import type { MoveScope } from "../../../cli/pool-move/plan.ts";
import { checkout } from "../../../lib/paths.ts";
import { findTenant } from "../../../model/find-tenant.ts";
import { findPool } from "../../../model/settings.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { secondPool } from "../../support/second-pool.ts";
import { createParams, type Lab, secrets, startLab } from "../xo/support/start.ts";
import { Heard } from "./measured-farm.ts";
import { TenantFarm } from "./tenant-farm.ts";

const id = "hohenbrueck";
const home = mkdtempSync(join(tmpdir(), "farm-moves-"));

let command: typeof import("../../../cli/tenant/move-pool.ts");
let books: typeof import("../../../cli/pool-move/journal.ts");
let machine: typeof import("../../../cli/pool-move/machine.ts");
let plans: typeof import("../../../cli/pool-move/plan.ts");
let farm: TenantFarm;
let lab: Lab;
let xo: XoClient;
let vm: string;
let from: Place;
let to: Place;
let scope: MoveScope;
let interrupt: AbortController;

beforeAll(async () => {
  // The folder of a farm is settled when its module is read.
  vi.stubEnv("FARM_HOME", home);
  vi.resetModules();
  [command, books, machine, plans] = await Promise.all([
    import("../../../cli/tenant/move-pool.ts"),
    import("../../../cli/pool-move/journal.ts"),
    import("../../../cli/pool-move/machine.ts"),
    import("../../../cli/pool-move/plan.ts"),
  ]);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

beforeEach(async () => {
  const text = secondPool(readFileSync(join(checkout, "Pulumi.lab.yaml"), "utf8"));
  const more = { FARM_XAPI_SUED_URL: "http://127.0.0.1:4000/pools/sued/" };
  farm = await TenantFarm.make((given) => {
    const { pools, ...rest } = given as { pools: object };
    return { ...rest, pools: { ...pools, ...(parse(text) as object) } };
  }, more);
  lab = await startLab({ hostMemory: 8 });
  vm = await lab.farm.call("vm.create", await createParams(lab.farm, "allris-hohenbrueck.lab"));
  await lab.farm.call("vm.start", { id: vm });
  await lab.farm.until(vm, (view) => view.pvDriversDetected === true);
  await lab.admin.call("lab.addPool");
  xo = new XoClient({ url: `ws://127.0.0.1:${lab.port}`, token: secrets.token });
  [from, to] = await Promise.all([place("nord", "198.18.10.11"), place("sued", "198.18.11.20")]);
  interrupt = new AbortController();
  const loaded = await farm.load();
  const tenant = findTenant(loaded.tenants, id);
  scope = {
    ...{ stack: "lab", farm: loaded, tenant, pool: findPool(loaded.settings, tenant.pool), open: farm },
    ...{ xo, admin: xo, agentSocket: undefined, say: () => {}, signal: interrupt.signal },
  };
});
afterEach(async () => {
  vi.stubEnv("FARM_MAY_STOP", undefined);
  rmSync(join(home, "moves"), { recursive: true, force: true });
  xo.close();
  await lab.remove();
  farm.remove();
});

async function place(pool: "nord" | "sued", address: string): Promise<Place> {
  const label = pool === "nord" ? "nord" : "süd";
  const [here, host, sr, network] = await Promise.all([
    lab.farm.named("pool", label),
    lab.farm.named("host", `xcp-${pool}-1`),
    lab.farm.named("SR", `NetApp ${label} iSCSI`),
    lab.farm.named("network", `Front ${label}`),
  ]);
  return {
    ...{ pool, poolId: here.id, label, address, prefix: 24, gateway: "198.18.10.1", nameservers: [] },
    ...{ host: { id: host.id, name: host.name_label }, repository: sr.id, network: network.id },
  };
}

function begun(change: Partial<MoveJournal> = {}): MoveJournal {
  const done = { "give the machine both addresses": "2026-11-26T09:00:10.000Z" };
  const book: MoveJournal = {
    ...{
      version: 1,
      id: `${id}-20261126T090000Z`,
      stack: "lab",
      tenant: id,
      vm,
      hostKey: "ssh-ed25519 AAAA",
    },
    ...{ startedAt: "2026-11-26T09:00:00.000Z", from, to, done, ...change },
  };
  books.saveMove(book);
  return book;
}

async function poolNow(): Promise<string> {
  const [view] = await xo.objects({ type: "VM", id: vm });
  return String(view?.["$pool"]);
}

describe("a move that was begun", () => {
  it("is looked at with --dry-run, and nothing is done: not at the machine, not in its book", async () => {
    const book = begun();
    const asked = lab.hypervisor.asked.length;
    const output = new Heard();
    await command.move(scope, "sued", { stack: "lab", dryRun: true }, output);
    expect(output.value).toEqual({ ...book, moved: false });
    expect(output.text).toBe(
      'The move of "hohenbrueck" from nord to süd (198.18.11.20) was begun 2026-11-26T09:00:00.000Z; ' +
        "done: give the machine both addresses. Nothing was touched.",
    );
    expect(books.tryLoadMove("lab", id)).toEqual(book);
    expect(lab.hypervisor.asked).toHaveLength(asked);
  });

  it("goes on, and goes back, only when somebody agrees", async () => {
    const book = begun();
    const asked = lab.hypervisor.asked.length;
    await expect(command.move(scope, "sued", { stack: "lab" }, new Heard())).rejects.toThrow(
      /Nobody is there to be asked[\s\S]*done: give the machine both addresses\. Go on with it\?/,
    );
    await expect(command.undo(scope, {}, new Heard())).rejects.toThrow(
      /Nobody is there to be asked[\s\S]*"hohenbrueck" goes back from süd to nord \(198\.18\.10\.11\)/,
    );
    expect(books.tryLoadMove("lab", id)).toEqual(book);
    expect(lab.hypervisor.asked).toHaveLength(asked);
  });

  it("and was half taken back goes no way but back, and nothing else begins meanwhile", async () => {
    begun({ undoing: true });
    const order = { stack: "lab", yes: true } as const;
    await expect(command.move(scope, "sued", order, new Heard())).rejects.toThrow(
      /is being taken back[\s\S]*next: {2}\.\/farm tenant move-pool hohenbrueck sued -s lab --undo/,
    );
    expect(() => books.requireNoMove("lab", id, "restored")).toThrow(
      /"hohenbrueck" cannot be restored now[\s\S]*sued -s lab --undo$/,
    );
    expect(() => books.requireNoMove("lab", "landkreis-auental", "restored")).not.toThrow();
  });

  it("keeps the machine from being restored and the site from being ended, and says how to go on", async () => {
    begun();
    const [{ planRestore }, { terminate }] = await Promise.all([
      import("../../../cli/restore-whole.ts"),
      import("../../../cli/terminate/terminate.ts"),
    ]);
    const way = "sued -s lab goes on with it, the same with --undo takes it back";
    await expect(planRestore(scope, {}, false)).rejects.toThrow(
      new RegExp(`cannot be restored now[\\s\\S]*${way}`),
    );
    const asked = { orderedBy: "A. Muster", confirm: async () => {}, reload: async () => {} };
    const before = farm.text(id);
    await expect(terminate(scope, asked)).rejects.toThrow(new RegExp(`cannot be ended now[\\s\\S]*${way}`));
    expect(farm.text(id)).toBe(before);
  });

  it("that works is named to whoever waits for the administration's turn", async () => {
    const { inTurn } = await import("../../../cli/restore.ts");
    const told: string[] = [];
    let release = (): void => {};
    const first = inTurn(
      id,
      "lab",
      `moves ${id} to another pool`,
      () => {},
      () => {
        return new Promise<void>((resolve) => {
          release = resolve;
        });
      },
    );
    await expect.poll(() => existsSync(join(home, "restores", `lab-${id}.lock`))).toBe(true);
    const wait = (line: string): void => {
      told.push(line);
      release();
    };
    await inTurn(id, "lab", `restores ${id}`, wait, async () => {});
    await first;
    expect(told.join("\n")).toContain(`moves ${id} to another pool`);
  });

  it("cannot be taken back and only looked at, both at once", async () => {
    const program = new Command("tenant");
    command.register(program);
    const words = ["move-pool", id, "sued", "--undo", "--dry-run"];
    await expect(program.parseAsync(words, { from: "user" })).rejects.toThrow(/--undo --dry-run/);
  });

  it("is written down as being taken back before the machine is asked for anything", async () => {
    begun();
    // Without an agent of ssh nobody is reached; by then the VM was looked at, and it is where it was.
    setTimeout(() => interrupt.abort(new Error("Ctrl-C")), 1000);
    await expect(command.undo(scope, { yes: true }, new Heard())).rejects.toThrow();
    expect(books.tryLoadMove("lab", id)?.undoing).toBe(true);
    const { deedsOf } = await import("../../../cli/site/audit.ts");
    expect(deedsOf("lab", id)).toMatchObject([
      { what: "move-pool", detail: "süd 198.18.11.20 → nord 198.18.10.11" },
    ]);
  });
});

describe("the migration", () => {
  it("waits for a window, forward and back, and asks for none when the VM is there already", async () => {
    await expect(machine.migrate(scope, vm, from, to)).rejects.toThrow(
      /migration of "hohenbrueck" interrupts the site and needs a window[\s\S]*no window is announced/,
    );
    expect(await poolNow()).toBe(from.poolId);
    vi.stubEnv("FARM_MAY_STOP", id);
    await machine.migrate(scope, vm, from, to);
    expect(await poolNow()).toBe(to.poolId);
    vi.stubEnv("FARM_MAY_STOP", undefined);
    await machine.migrate(scope, vm, from, to);
    await expect(machine.migrate(scope, vm, to, from)).rejects.toThrow(/needs a window/);
    expect(await poolNow()).toBe(to.poolId);
  });

  it("ends at once when it is interrupted, here and where it waits for one that is under way; XO goes on", async () => {
    vi.stubEnv("FARM_MAY_STOP", id);
    let release = (): void => {};
    const copying = new Promise<void>((resolve) => {
      lab.hypervisor.beforeExport = () => {
        resolve();
        return new Promise((go) => {
          release = go;
        });
      };
    });
    const first = machine.migrate(scope, vm, from, to);
    const ended = expect(first).rejects.toThrow(/Xen Orchestra goes on with the migration by itself/);
    await copying;
    interrupt.abort(new Error("Ctrl-C"));
    await ended;
    const later = new AbortController();
    const second = machine.migrate({ ...scope, signal: later.signal }, vm, from, to);
    setTimeout(() => later.abort(new Error("Ctrl-C again")), 300);
    await expect(second).rejects.toThrow("Ctrl-C again");
    release();
    await machine.migrate({ ...scope, signal: new AbortController().signal }, vm, from, to);
    expect(await poolNow()).toBe(to.poolId);
  });
});

describe("a plan of a move", () => {
  it("is refused where the file was edited first and says another pool than the VM's", async () => {
    const [now] = await xo.objects({ type: "VM", id: vm });
    const pools = await xo.objects({ type: "pool" });
    if (now === undefined) throw new Error("XO does not show the VM");
    const view = { vm: now, disks: [], cards: [], snapshots: [] };
    const wish = { pool: "sued", address: to.address };
    plans.requireThere(scope, wish, view, pools, from.poolId);
    const edited = { ...scope, tenant: { ...scope.tenant, pool: "sued" } };
    expect(() => plans.requireThere(edited, wish, view, pools, to.poolId)).toThrow(
      /does not lie in the pool of its file; nothing was touched[\s\S]*pool "sued"; the VM allris-hohenbrueck\.lab lies in nord[\s\S]*then \.\/farm tenant move-pool hohenbrueck sued -s lab/,
    );
  });
});
