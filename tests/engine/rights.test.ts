import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

// A farm of its own on paper: nothing boots, and nobody else sees what these users are refused.
const home = vi.hoisted(() => {
  const folder = `${process.env["TMPDIR"] ?? "/tmp"}/farm-rights-${process.pid}`;
  process.env["FARM_HOME"] = folder;
  return folder;
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { planStack } from "../../cli/stacks/plan.ts";
import { labPlaces, readLab, readSecrets } from "../../lab/lab-file.ts";
import { checkout } from "../../lib/paths.ts";
import { type PaperLab, startPaperLab } from "../bench/paper-lab.ts";
import {
  addTenant,
  editTenant,
  engine,
  makeProject,
  plan,
  project,
  restoreTenant,
  tenantFile,
} from "../support/project.ts";
import { Client } from "../unit/xo/support/client.ts";

let lab: PaperLab;
let admin: Client;

beforeAll(async () => {
  lab = await startPaperLab();
  makeProject();
  // One site is enough: rights do not depend on how many there are.
  for (const id of ["amt-seenplatte-nord", "landkreis-auental"]) rmSync(tenantFile(id));
  admin = await Client.signedIn(port(), readSecrets(labPlaces()).xo.adminToken);
});
afterAll(async () => {
  admin?.close();
  await lab?.stop();
  rmSync(home, { recursive: true, force: true });
});

function port(): number {
  return Number(new URL(readLab().xo.url).port);
}

/** A token of a new user of XO with this role on the pool. */
async function tokenWith(role: "viewer" | "operator", email: string = role): Promise<string> {
  const password = "a password of the tests";
  const subject = await admin.call("user.create", { email, password });
  const { id: object } = await admin.named("pool", "nord");
  await admin.call("acl.add", { subject, object, action: role });
  const own = await Client.connect(port());
  try {
    await own.call("session.signIn", { email, password });
    return await own.call("token.create", {});
  } finally {
    own.close();
  }
}

/** What the engine said of each resource that was refused, one line each. */
async function refusals(env: Readonly<Record<string, string>>): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await engine(["up", "--yes", "--skip-preview"], { ...lab.env, ...env });
  return { code, text: `${stdout}\n${stderr}`.replaceAll(/\s+/g, " ") };
}

it("users of XO who may only look, and who administer no backups: each right that is missing is named", async () => {
  const { code, text } = await refusals({
    XOA_TOKEN: await tokenWith("viewer"),
    // The farm's own user is no administrator of XO.
    XOA_ADMIN_TOKEN: readSecrets(labPlaces()).xo.token,
  });
  expect(code).not.toBe(0);
  const { id } = await admin.named("pool", "nord");
  expect(text).toContain(
    `refused pool.set: not enough permissions why: the token's user lacks the right administrate on pool ${id} (code 2)`,
  );
  expect(text).toContain("give the token's user the ACL role admin on the pool");
  expect(text).toMatch(
    /refused remote\.\w+: not enough permissions why: only administrators of XO may do that/,
  );
  expect(await admin.all("VM")).toEqual([]);
  expect(await admin.call("remote.getAll")).toEqual([]);
});

it("an account of XAPI that may only read: its role is named", async () => {
  const { code, text } = await refusals({
    FARM_XAPI_USER: "reader",
    FARM_XAPI_PASSWORD: readSecrets(labPlaces()).xapi.readOnlyPassword,
  });
  expect(code).not.toBe(0);
  expect(text).toMatch(
    /the account's role lacks the right pool\.\w+ .*give the account the role pool-operator/,
  );
  expect((await admin.named("pool", "nord")).HA_enabled).toBe(false);
});

it("the two users and the account that docs/reference/rights.md describes are enough", async () => {
  const { code, text } = await refusals({});
  expect([code, code === 0 ? "" : text]).toEqual([0, ""]);
  const page = readFileSync(join(checkout, "docs/reference/rights.md"), "utf8");
  const listed = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
  const called = [...lab.calls]
    .filter((call) => call.startsWith("farm "))
    .map((call) => call.slice("farm ".length));
  expect(called.length).toBeGreaterThan(5);
  expect(called.filter((name) => !listed.includes(name))).toEqual([]);
});

it("a plan is the same for one who may only look at XO, and is neither its administrator nor the pool's account", async () => {
  addTenant("waldau", "198.18.10.14");
  const at = new Date();
  const digestOf = async (env: Readonly<Record<string, string>>): Promise<string> =>
    (await planStack({ stack: "lab", at, run: { project, env: { ...lab.env, ...env } } })).digest;
  const own = await digestOf({});
  const nobody = { XOA_ADMIN_TOKEN: "", FARM_XAPI_PASSWORD: "" };
  expect(await digestOf({ XOA_TOKEN: await tokenWith("viewer", "onlooker"), ...nobody })).toBe(own);
  restoreTenant("waldau");
});

it("rights that were taken away since: the official provider's words name right and VM", async () => {
  editTenant("hohenbrueck", 'name: "Stadt Hohenbrück"', 'name: "Stadt Hohenbrück am See"');
  const { code, text } = await refusals({ XOA_TOKEN: await tokenWith("operator") });
  expect(code).not.toBe(0);
  const [vm] = await admin.all("VM");
  expect(text).toContain(
    `not enough permissions: {"permission":"administrate","object":{"id":"${vm.id}","type":"VM"}}`,
  );
  // Nothing was changed by halves: with the right it is the same change as before.
  expect((await plan()).map(({ op, type }) => [op, type])).toContainEqual([
    "update",
    "xenorchestra:index/vm:Vm",
  ]);
});
