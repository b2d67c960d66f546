import { afterAll, beforeAll, expect, it, vi } from "vitest";

// The engine alone: no lab, no provider.
const home = vi.hoisted(() => {
  const folder = `${process.env["TMPDIR"] ?? "/tmp"}/farm-state-${process.pid}`;
  process.env["FARM_HOME"] = folder;
  return folder;
});

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { capturePulumi } from "../../cli/pulumi.ts";
import { backUpState, backUpStates, stacksOfFarm } from "../../cli/state/backup.ts";
import type { RunResult } from "../../lib/run.ts";
import { startVault, type Vault } from "../support/vault.ts";

const project = join(home, "project");
const states = join(home, "backend");
const kept = join(home, "kept");
const settings = `# Written by hand.
secretsprovider: hashivault://allris-farm
config:
  allris-farm:settings:
    stage: production
    # Reached by all.
    state:
      backend: file://${states}
`;

/** As the engine writes it: a value that is a secret, here still in the clear. */
const secret = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify("geheimes Kennwort"),
};

let vault: Vault;

function engine(args: readonly string[], token = vault.token): Promise<RunResult> {
  const env = { VAULT_ADDR: vault.url, VAULT_TOKEN: token, VAULT_MAX_RETRIES: "0" };
  return capturePulumi(args, { project, env });
}

function backUp(second: number, keep = 2, stack = "prod") {
  const env = { VAULT_ADDR: vault.url, VAULT_TOKEN: vault.token };
  return backUpState(stack, { to: kept, keep }, new Date(Date.UTC(2026, 10, 26, 8, 0, second)), {
    project,
    env,
  });
}

beforeAll(async () => {
  vault = await startVault();
  for (const folder of [project, states]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(project, "Pulumi.yaml"), "name: allris-farm\nruntime: nodejs\n");
  writeFileSync(join(project, "Pulumi.prod.yaml"), settings);
});
afterAll(async () => {
  await vault?.stop();
  rmSync(home, { recursive: true, force: true });
});

it("a stack begins in the backend that its settings name, its secrets sealed by the vault that they name", async () => {
  const made = await engine(["stack", "init", "prod", "--secrets-provider", "hashivault://allris-farm"]);
  expect(made).toMatchObject({ code: 0 });
  expect(readdirSync(join(states, ".pulumi", "stacks", "allris-farm"))).toContain("prod.json");
  const file = readFileSync(join(project, "Pulumi.prod.yaml"), "utf8");
  expect(file).toMatch(/^encryptedkey: \S+$/m);
  // What people wrote into the file is still there.
  for (const line of settings.trim().split("\n")) expect(file).toContain(line);
  expect(vault.calls).toContain("encrypt allris-farm");
});

it("the state is put away with its secrets sealed, so many times and no more, and comes back whole", async () => {
  expect(await backUp(0)).toEqual({ stack: "prod", file: undefined, resources: 0, removed: 0 });
  const { stdout } = await engine(["stack", "export", "-s", "prod"]);
  const state = JSON.parse(stdout) as { deployment: { resources?: unknown[] } };
  const urn = (type: string, name: string): string => `urn:pulumi:prod::allris-farm::${type}::${name}`;
  state.deployment.resources = [
    { urn: urn("pulumi:pulumi:Stack", "allris-farm-prod"), custom: false, type: "pulumi:pulumi:Stack" },
    {
      urn: urn("farm:Site", "hohenbrueck"),
      custom: false,
      type: "farm:Site",
      parent: urn("pulumi:pulumi:Stack", "allris-farm-prod"),
      outputs: { domain: "ratsinfo.hohenbrueck.de", password: secret },
    },
  ];
  const imported = join(home, "state.json");
  writeFileSync(imported, JSON.stringify(state));
  expect(await engine(["stack", "import", "-s", "prod", "--file", imported])).toMatchObject({ code: 0 });
  const first = await backUp(1);
  expect(first).toMatchObject({
    resources: 2,
    removed: 0,
    file: join(kept, "prod.2026-11-26T08-00-01Z.json"),
  });
  const text = readFileSync(first.file ?? "", "utf8");
  expect(text).toContain("ratsinfo.hohenbrueck.de");
  expect(text).not.toContain("geheimes Kennwort");
  expect(statSync(first.file ?? "").mode & 0o777).toBe(0o600);
  expect(statSync(kept).mode & 0o777).toBe(0o700);

  // A shard of the same farm, and what somebody else left there, are not ours to remove.
  const others = ["prod-nord.2026-11-26T08-00-00Z.json", "prod.notes.json"];
  for (const name of others) writeFileSync(join(kept, name), "{}");
  expect(await backUp(2)).toMatchObject({ removed: 0 });
  expect(await backUp(3)).toMatchObject({ removed: 1 });
  expect(readdirSync(kept).sort()).toEqual(
    [...others, "prod.2026-11-26T08-00-02Z.json", "prod.2026-11-26T08-00-03Z.json"].sort(),
  );

  // The backend loses everything. What was put away and the file of settings are enough.
  rmSync(join(states, ".pulumi"), { recursive: true });
  expect(
    await engine(["stack", "init", "prod", "--secrets-provider", "hashivault://allris-farm"]),
  ).toMatchObject({
    code: 0,
  });
  const file = join(kept, "prod.2026-11-26T08-00-03Z.json");
  expect(await engine(["stack", "import", "-s", "prod", "--file", file])).toMatchObject({ code: 0 });
  const back = await engine(["stack", "export", "-s", "prod", "--show-secrets"]);
  expect(back.stdout).toContain("geheimes Kennwort");
  // Without the vault nobody reads it.
  const shut = await engine(["stack", "export", "-s", "prod", "--show-secrets"], "hvs.wrong");
  expect(shut.code).not.toBe(0);
  expect(`${shut.stdout}${shut.stderr}`).toMatch(/permission denied/);
});

it("one state that cannot be read does not keep the others from being put away", async () => {
  const env = { VAULT_ADDR: vault.url, VAULT_TOKEN: vault.token };
  const place = { to: join(home, "both"), keep: 2 };
  const { kept, missing } = await backUpStates(["prod-gone", "prod"], place, new Date(), { project, env });
  expect(kept).toMatchObject([{ stack: "prod", resources: 2 }]);
  expect(missing).toMatchObject([{ stack: "prod-gone", why: expect.stringContaining("prod-gone") }]);
});

it("--all means the stacks of the farm, by its settings alone", async () => {
  expect(await stacksOfFarm("prod", project)).toEqual(["prod"]);
  const shards = "    shards: {sued: {pools: [sued]}, nord: {pools: [nord]}}\n";
  writeFileSync(join(project, "Pulumi.prod.yaml"), `${settings}${shards}`);
  const all = ["prod-platform", "prod-nord", "prod-sued"];
  expect(await stacksOfFarm("prod", project)).toEqual(all);
  expect(await stacksOfFarm("prod-nord", project)).toEqual(all);
});
