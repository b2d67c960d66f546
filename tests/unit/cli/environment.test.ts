import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LabFile } from "../../../lab/lab-file.ts";
import { checkout } from "../../../lib/paths.ts";
import { tryRun } from "../../../lib/run.ts";

type Environment = typeof import("../../../cli/environment.ts");

let folder: string;
let environment: Environment;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "farm-environment-"));
  // The farm's folder is settled when its module is loaded.
  vi.stubEnv("FARM_HOME", folder);
  vi.resetModules();
  environment = await import("../../../cli/environment.ts");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** A lab that was started here before, as far as its files tell. */
async function startedLab(more: Partial<LabFile> = {}): Promise<void> {
  const { labPlaces, writeLab } = await import("../../../lab/lab-file.ts");
  const { writeFileAtomic } = await import("../../../lib/atomic-file.ts");
  const places = labPlaces();
  writeLab(places, {
    version: 1,
    namespace: "farm-ab12cd34",
    xo: { url: "ws://127.0.0.1:5001", statusPage: "http://127.0.0.1:5001/" },
    cloudflare: { baseUrl: "http://127.0.0.1:5002/client/v4" },
    jump: { host: "127.0.0.1", port: 5003, user: "jump", hostKey: "ssh-ed25519 AAAA" },
    quarantine: { host: "127.0.0.1", port: 5005, user: "jump", hostKey: "ssh-ed25519 QQQQ" },
    proxy: "http://127.0.0.1:5004",
    acme: { directory: "https://198.18.0.14:14000/dir", caFile: "/ca.pem" },
    roots: { folder: "/roots" },
    ...more,
  });
  const secrets = {
    xo: { token: "xo-t0ken", adminToken: "admin-t0ken" },
    xapi: { password: "xapi-t0ken", readOnlyPassword: "reader-t0ken" },
    cloudflare: { token: "cf-t0ken" },
  };
  writeFileAtomic(places.secretsFile, JSON.stringify(secrets), 0o600);
  const { mkdirSync } = await import("node:fs");
  mkdirSync(places.keys, { recursive: true });
  writeFileAtomic(join(places.keys, "farm_ed25519.pub"), "ssh-ed25519 BBBB farm\n");
}

test("the user's own sign-in, backend and stack do not reach the engine", () => {
  const caller = {
    PATH: "/usr/bin::/bin",
    HOME: "/root",
    PULUMI_ACCESS_TOKEN: "pul-secret",
    PULUMI_BACKEND_URL: "s3://theirs",
    PULUMI_HOME: "/root/.pulumi",
    PULUMI_STACK: "theirs",
    PULUMI_CONFIG_PASSPHRASE: "theirs",
    PULUMI_DIY_BACKEND_GZIP: "true",
    PULUMI_OPTION_STACK: "theirs",
    PULUMI_DEBUG_COMMANDS: "true",
    XOA_URL: "wss://xo.example",
    CLOUDFLARE_API_TOKEN: "theirs",
  };
  const given = environment.stackEnvironment("prod", "/engine/bin", caller, folder);
  const env = environment.engineEnvironment(given, caller);
  expect(given.removed).toEqual([
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_DIY_BACKEND_GZIP",
    "PULUMI_OPTION_STACK",
    "PULUMI_STACK",
  ]);
  for (const name of given.removed) expect(env).not.toHaveProperty(name);
  expect(env).toMatchObject({
    HOME: "/root",
    PULUMI_HOME: join(folder, "pulumi"),
    PULUMI_BACKEND_URL: `file://${folder}/state`,
    PULUMI_CONFIG_PASSPHRASE_FILE: join(folder, "passphrase"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_CONTINUE_ON_ERROR: "true",
    PULUMI_DEBUG_COMMANDS: "true",
    // So that plain `pulumi up` is stopped by the rules as well.
    PULUMI_OPTION_POLICY_PACK: join(checkout, "policies"),
    // Another stack than the lab is reached as its operator says.
    XOA_URL: "wss://xo.example",
    CLOUDFLARE_API_TOKEN: "theirs",
  });
});

test("a stack's settings say where its state is; a shard's is its farm's, and the lab's stays on its machine", () => {
  const settings = (state: string): string =>
    `config: {"allris-farm:settings": {"stage": "production", "state": ${state}}}\n`;
  const file = join(folder, "Pulumi.prod.yaml");
  const given = (stack: string): Readonly<Record<string, string>> =>
    environment.stackEnvironment(stack, "/engine/bin", { STATES: " s3://kuestenring-states " }, folder)
      .variables;
  writeFileSync(file, settings('{"backend": "postgres://states/farm", "passphraseFile": "geheim/satz"}'));
  for (const stack of ["prod", "prod-nord"]) {
    expect(given(stack)).toMatchObject({
      PULUMI_BACKEND_URL: "postgres://states/farm",
      PULUMI_CONFIG_PASSPHRASE_FILE: join(folder, "geheim", "satz"),
    });
  }
  writeFileSync(file, settings('{"backend": {"env": "STATES"}}'));
  expect(given("prod")).toMatchObject({
    PULUMI_BACKEND_URL: "s3://kuestenring-states",
    PULUMI_CONFIG_PASSPHRASE_FILE: join(folder, "passphrase"),
  });
  expect(given("test").PULUMI_BACKEND_URL).toBe(`file://${folder}/state`);
  writeFileSync(file, settings('{"backend": {"env": "STATE"}}'));
  expect(() => given("prod")).toThrow(
    /state\.backend\n.*comes from the environment variable STATE, which is not set/,
  );
  writeFileSync(file, settings('{"backend": "https://app.pulumi.com"}'));
  expect(() => given("prod")).toThrow(/it must begin with s3:\/\/, azblob/);
});

test("the engine is not started with a state whose place is still a placeholder", async () => {
  const { requireReadyState } = await import("../../../loading/state-settings.ts");
  const { checkout } = await import("../../../lib/paths.ts");
  const { variables } = environment.stackEnvironment("prod", "/engine/bin", {});
  const backend = variables.PULUMI_BACKEND_URL ?? "";
  expect(() => requireReadyState("prod", checkout, backend)).toThrow(/is a placeholder \("muster"\)/);
  expect(() => requireReadyState("lab", checkout, "file:///srv/muster")).not.toThrow();
});

test("the pinned Node comes first on PATH, then the engine; no entry stands for the folder one is in", () => {
  const { variables } = environment.stackEnvironment(undefined, "/engine/bin", {
    PATH: ":/usr/bin::/engine/bin",
  });
  const folders = variables.PATH?.split(":") ?? [];
  expect(folders[0]).toMatch(/node_modules\/node\/bin$/);
  expect(folders.slice(1)).toEqual(["/engine/bin", "/usr/bin"]);
});

test("passphrase and state are made once, for their owner only", () => {
  environment.stackEnvironment(undefined, "/engine/bin", {});
  const file = join(folder, "passphrase");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "state")).mode & 0o777).toBe(0o700);
  const passphrase = readFileSync(file, "utf8");
  expect(passphrase).toMatch(/^[\w-]{32}\n$/);
  environment.stackEnvironment(undefined, "/engine/bin", {});
  expect(readFileSync(file, "utf8")).toBe(passphrase);
});

test("many at once agree on one passphrase", async () => {
  const module = JSON.stringify(join(import.meta.dirname, "../../../cli/environment.ts"));
  const script = `const { passphraseFile } = await import(${module}); process.stdout.write((await import("node:fs")).readFileSync(passphraseFile()));`;
  const args = ["--input-type=module", "-e", script];
  const results = await Promise.all([1, 2, 3, 4].map(() => tryRun(process.execPath, args)));
  expect(new Set(results.map((result) => result.stdout)).size).toBe(1);
  expect(results[0]?.stdout).toMatch(/^[\w-]{32}\n$/);
});

test("the stack lab is refused before the lab was started, without leaving half of it", () => {
  expect(() => environment.stackEnvironment("lab", "/engine/bin", {})).toThrow(/has not been started/);
  expect(existsSync(join(folder, "lab.json"))).toBe(false);
});

test("the stack lab gets the lab's endpoints, and nothing of the user's real ones", async () => {
  await startedLab();
  const caller = {
    XOA_URL: "wss://real",
    XOA_USER: "root",
    XOA_PASSWORD: "p",
    CLOUDFLARE_API_KEY: "k",
    CF_API_KEY: "k",
  };
  const given = environment.stackEnvironment("lab", "/engine/bin", caller);
  expect(given.removed).toEqual(["CF_API_KEY", "CLOUDFLARE_API_KEY", "XOA_PASSWORD", "XOA_USER"]);
  const env = environment.engineEnvironment(given, caller);
  expect(env).toMatchObject({
    XOA_URL: "ws://127.0.0.1:5001",
    XOA_TOKEN: "xo-t0ken",
    XOA_ADMIN_TOKEN: "admin-t0ken",
    CLOUDFLARE_BASE_URL: "http://127.0.0.1:5002/client/v4",
    CLOUDFLARE_API_TOKEN: "cf-t0ken",
    FARM_JUMP: "127.0.0.1:5003 jump ssh-ed25519 AAAA",
    FARM_QUARANTINE_JUMP: "127.0.0.1:5005 jump ssh-ed25519 QQQQ",
    FARM_SSH_PUBLIC_KEY: "ssh-ed25519 BBBB farm",
  });
  expect(env).not.toHaveProperty("XOA_PASSWORD");
});

test("what a lab has only where it was started with it is told by variables, for the settings to count on", async () => {
  const own = /^FARM_(EDGE_|LAB_|VISITOR_)/;
  const given = (): Record<string, string | undefined> => {
    const { variables } = environment.stackEnvironment("lab", "/engine/bin", {});
    return Object.fromEntries(Object.entries(variables).filter(([name]) => own.test(name)));
  };
  await startedLab();
  expect(given()).toEqual({});
  const edgeHost = { host: "198.18.0.31", user: "farm", hostKey: "ssh-ed25519 EEEE" };
  await startedLab({
    edgeHosts: [edgeHost],
    mail: { host: "127.0.0.1", port: 5006 },
    monitoring: true,
  });
  expect(given()).toEqual({
    FARM_EDGE_1_HOST_KEY: "ssh-ed25519 EEEE",
    FARM_LAB_MAIL: "127.0.0.1:5006",
    FARM_LAB_MONITORING: "yes",
    FARM_VISITOR_CA_FILE: join(folder, "lab", "visitors.pem"),
  });
});

test("./farm env names secrets by their file, and a shell gets the very values", async () => {
  await startedLab();
  const { jsonOf, shellText } = await import("../../../cli/env.ts");
  const caller = { PATH: "/usr/bin", PULUMI_ACCESS_TOKEN: "theirs" };
  const given = environment.stackEnvironment("lab", "/it's/bin", caller);
  const text = shellText(given, ["/it's/bin"]);
  expect(`${text}${JSON.stringify(jsonOf(given))}`).not.toContain("t0ken");
  const print = `printf '%s|' "$XOA_TOKEN" "$XOA_ADMIN_TOKEN" "$FARM_XAPI_PASSWORD" "$FARM_XAPI_URL" "$CLOUDFLARE_API_TOKEN" "$FARM_JUMP" "$PATH" "$PULUMI_ACCESS_TOKEN"`;
  const shell = await tryRun("/bin/sh", ["-c", `eval "$0"; ${print}`, text], { environment: caller });
  expect(shell.stderr).toBe("");
  expect(shell.stdout.split("|")).toEqual([
    "xo-t0ken",
    "admin-t0ken",
    "xapi-t0ken",
    "http://127.0.0.1:5001",
    "cf-t0ken",
    "127.0.0.1:5003 jump ssh-ed25519 AAAA",
    "/it's/bin:/usr/bin",
    "",
    "",
  ]);
  expect(jsonOf(given)).toMatchObject({
    secrets: { XOA_TOKEN: { file: join(folder, "lab-secrets.json"), field: "xo.token" } },
    removed: ["PULUMI_ACCESS_TOKEN"],
  });
});
