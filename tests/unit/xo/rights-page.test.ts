import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allMethods } from "../../../lab/xo/methods/all.ts";
import { callNames, findCall } from "../../../lab/xo/xapi/calls.ts";
import { checkout } from "../../../lib/paths.ts";
import { Client, RpcError, type Shown } from "./support/client.ts";
import { createParams, type Lab, startLab } from "./support/start.ts";

/** What calls XO and XAPI for the farm; commands that break the lab (`cli/lab-…`) are not part of it. */
const callers = ["providers/xenops", "lab/standins/xenorchestra", "cli", "components"];

/** Names of methods of the given kind in the code that calls them, as texts of their own. */
function calledIn(folders: readonly string[], known: (name: string) => boolean): string[] {
  const files = folders.flatMap((folder) =>
    readdirSync(join(checkout, folder), { encoding: "utf8", recursive: true })
      .filter((name) => name.endsWith(".ts") && !name.startsWith("lab-"))
      .map((name) => readFileSync(join(checkout, folder, name), "utf8")),
  );
  const names = files.flatMap((text) =>
    [...text.matchAll(/"([a-zA-Z]+\.[a-zA-Z_]+)"/g)].map(([, name]) => name ?? ""),
  );
  return [...new Set(names)].filter(known).sort();
}

/** The rows of a table of the page, by the heading that they stand under. */
function rowsUnder(heading: string): string[][] {
  const page = readFileSync(join(checkout, "docs/reference/rights.md"), "utf8");
  const part = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? "";
  return [...part.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)].map(([, name = "", rest = ""]) => [
    name,
    ...rest.split("|").map((cell) => cell.trim()),
  ]);
}

const user = rowsUnder("The user of Xen Orchestra");
const administrator = rowsUnder("The administrator of Xen Orchestra");
const xapi = rowsUnder("The account of XAPI");
const names = (rows: readonly string[][]): string[] => rows.map(([name = ""]) => name).sort();

describe("docs/reference/rights.md", () => {
  test("lists the methods of XO that the farm calls, each once", () => {
    const called = calledIn(callers, (name) => allMethods.has(name) && !name.startsWith("lab."));
    expect([...names(user), ...names(administrator)].sort()).toEqual(called);
  });

  test("puts under the administrator what XO keeps for administrators, and only that", () => {
    const kept = (rows: readonly string[][]): boolean[] =>
      rows.map(([name = ""]) => allMethods.get(name)?.access === "admin");
    expect(kept(user)).not.toContain(true);
    expect(kept(administrator)).not.toContain(false);
    expect(administrator.map(([, right]) => right)).toEqual(administrator.map(() => "administrator"));
  });

  test("lists the calls of XAPI that the farm makes, each with the lowest role that may", () => {
    const called = calledIn(["providers/xenops"], (name) => callNames.includes(name));
    const own = xapi.filter(([name]) => name !== "session.login_with_password");
    expect(names(own)).toEqual(called);
    for (const [name = "", role] of own) expect([name, findCall(name).role]).toEqual([name, role]);
  });
});

describe("what the page says of the user's rights", () => {
  let lab: Lab;
  const clients = new Map<string, Client>();
  const ranks = ["sign-in", "view", "operate", "administrate"];
  let params: Record<string, object>;

  beforeAll(async () => {
    lab = await startLab();
    const pool = await lab.farm.named("pool", "nord");
    for (const [right, role] of [
      ["sign-in", undefined],
      ["view", "viewer"],
      ["operate", "operator"],
    ] as const) {
      const [email, password] = [`${right}@example.org`, "long enough"];
      const subject = await lab.admin.call("user.create", { email, password });
      if (role !== undefined) await lab.admin.call("acl.add", { subject, object: pool.id, action: role });
      const client = await Client.connect(lab.port);
      await client.call("session.signIn", { email, password });
      clients.set(right, client);
    }
    clients.set("administrate", lab.farm);
    params = await paramsOf(lab.farm, pool);
  });
  afterAll(async () => {
    for (const [right, client] of clients) if (right !== "administrate") client.close();
    await lab.remove();
  });

  const rows = user.filter(([name]) => name !== "session.signIn");

  test("every method that is listed is tried", () => {
    expect(Object.keys(params).sort()).toEqual(names(rows));
  });

  test.each(rows.map(([name = "", right = "", on = ""]) => [name, right, on] as const))(
    "%s needs the right to %s on the %s: less is refused by that name",
    async (name, right, on) => {
      const lower = ranks.slice(0, ranks.indexOf(right));
      for (const each of lower) {
        const error = await clients.get(each)?.fail(name, params[name]);
        expect([each, error?.code]).toEqual([each, 2]);
        // Who lacks more may be told of something else first.
        if (each === lower.at(-1))
          expect(error?.data).toMatchObject({ permission: right, object: { type: on } });
      }
    },
  );

  test.each(rows.map(([name = "", right = ""]) => [name, right] as const))(
    "%s is allowed to who has the right to %s",
    async (name, right) => {
      const answer = await clients
        .get(right)
        ?.call(name, params[name])
        .catch((error: unknown) => error);
      if (answer instanceof RpcError)
        expect([answer.code, answer.message]).not.toEqual([2, expect.anything()]);
    },
  );
});

/** Parameters that are right in form, so that only rights can be in the way; what destroys comes last. */
async function paramsOf(farm: Client, pool: Shown): Promise<Record<string, object>> {
  const vm = await farm.call("vm.create", await createParams(farm, "measured"));
  const own = async (type: string, key: string): Promise<Shown[]> =>
    (await farm.all(type)).filter((each) => each[key] === vm);
  const [vif] = await own("VIF", "$VM");
  const [vbd] = (await own("VBD", "VM")).filter((each) => !each.is_cd_drive);
  const network = await farm.named("network", "Front nord");
  const host = await farm.named("host", "xcp-nord-2");
  const cd = (await farm.all("VDI")).find((vdi) => vdi.name_label.endsWith(".iso"));
  const heartbeatSrs = [pool.default_SR];
  const snapshot = await farm.call("vm.snapshot", { id: vm, name: "measured" });
  return {
    "xo.getAllObjects": { filter: { type: "pool" } },
    "token.create": {},
    "user.getAuthenticationTokens": {},
    "pool.listMissingPatches": { host: host.id },
    "vm.create": await createParams(farm, "refused", {
      VIFs: [{ network: network.id, mac: "02:00:00:00:00:77" }],
    }),
    "vm.set": { id: vm, name_description: "x" },
    "vm.start": { id: vm },
    "vm.stop": { id: vm },
    "vm.migrate": { vm, targetHost: host.id },
    "vm.snapshot": { id: vm, name: "again" },
    "vm.insertCd": { id: vm, cd_id: cd?.id },
    "vm.ejectCd": { id: vm },
    "vm.createInterface": { vm, network: network.id },
    "vif.connect": { id: vif.id },
    "vif.disconnect": { id: vif.id },
    "vbd.connect": { id: vbd.id },
    "vbd.disconnect": { id: vbd.id },
    "vdi.set": { id: vbd.VDI, name_label: "x" },
    "disk.create": { name: "x", size: 1024 ** 3, sr: pool.default_SR },
    "tag.add": { id: vm, tag: "x" },
    "tag.remove": { id: vm, tag: "x" },
    "customField.set": { id: vm, name: "allrisnet-release", value: "4.1.7" },
    "pool.set": { id: pool.id, auto_poweron: false },
    "pool.setDefaultSr": { sr: pool.default_SR },
    "pool.enableHa": { pool: pool.id, heartbeatSrs, configuration: {} },
    "pool.disableHa": { pool: pool.id },
    "pool.installPatches": { hosts: [host.id] },
    "host.disable": { id: host.id },
    "host.enable": { id: host.id },
    "host.restart": { id: host.id },
    "vm.revert": { snapshot },
    "vif.delete": { id: vif.id },
    "vdi.delete": { id: vbd.VDI },
    "vm.delete": { id: vm },
  };
}
