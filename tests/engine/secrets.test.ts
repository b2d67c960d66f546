import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { farmFolder } from "../../lib/paths.ts";
import { removeTenants } from "../support/heal.ts";
import { onMachine, pinnedKeys } from "../support/machine.ts";
import { addTenant, editTenant, engine, plan, tryUp, up } from "../support/project.ts";

const id = "geheim";
const address = "198.18.10.71";
const variable = "FARM_TEST_BIND_PASSWORD";
const [first, second] = ["erstes-kennwort-7f3a", "zweites-kennwort-91c2"];
const file = "/etc/allrisnet/secrets/ldap-bind-password";

async function onIt(command: string): Promise<string> {
  const result = await onMachine(address, (await pinnedKeys()).get(id) ?? "", command);
  if (result.code !== 0) throw new Error(`${command}: ${result.stderr}`);
  return result.stdout;
}

/** Everything that the farm keeps on this side: state, bundles, what was rendered. */
function keptHere(): string {
  const texts = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
  return [...texts(join(farmFolder, "state")), ...texts(join(farmFolder, "bundles"))].join("\n");
}

describe("a secret of ALLRIS net", () => {
  beforeAll(() => {
    addTenant(id, address);
    const method = `{ kind: "ldap", url: "ldaps://verzeichnis.hohenbrueck.example", bindDn: "cn=allris", baseDn: "ou=rat", bindPassword: { from: "environment", variable: "${variable}" } }`;
    editTenant(
      id,
      'release: "4.1.7",',
      `release: "4.1.7",\n    politicians: { auth: { method: ${method} } },`,
    );
    delete process.env[variable];
  });

  afterAll(async () => {
    delete process.env[variable];
    await removeTenants(id);
    expect(await plan()).toEqual([]);
  });

  it("that cannot be had fails its administration alone, with what to provide, in a preview already", async () => {
    const shown = await engine(["preview"]);
    expect(shown.code).not.toBe(0);
    expect(shown.stdout).toContain(`the environment variable ${variable} is not set`);
    expect(shown.stdout).toContain(`tenants/${id}.ts`);
    const failed = await tryUp();
    expect(failed.code).not.toBe(0);
    expect(failed.stdout).toContain(`the environment variable ${variable} is not set`);
    expect(await onIt("sudo ls -A /etc/allrisnet 2>/dev/null; true")).not.toContain("secrets");
  });

  it("comes to the machine for the application's group alone, and stands nowhere else", async () => {
    process.env[variable] = first;
    const said = await up();
    expect(await onIt(`sudo cat ${file}`)).toBe(first);
    expect(await onIt(`sudo stat -c '%a %U %G' ${file}`)).toBe("640 root tomcat\n");
    // Another user of the machine cannot even look into the folder.
    expect((await onMachine(address, (await pinnedKeys()).get(id) ?? "", `cat ${file}`)).code).not.toBe(0);
    expect(said.stdout + said.stderr).not.toContain(first);
    expect(keptHere()).not.toContain(first);
    expect(keptHere()).toContain("ldap-bind-password");
    // The file itself is the pattern, so that the search leaves no trace of its own. sudo logs every command with
    // its arguments, and the journal lies below /var/log.
    const places = "/etc /home /root /srv /tmp /var/log";
    const found = await onIt(`sudo journalctl --sync; sudo grep -rlF -f ${file} ${places}; true`);
    expect(found.split("\n").filter(Boolean)).toEqual([file]);
  });

  it("is rotated by its value, and nothing else changes", async () => {
    process.env[variable] = second;
    const shown = await engine(["preview", "--diff"]);
    expect(shown.stdout + shown.stderr).not.toMatch(new RegExp(`${first}|${second}`));
    expect(await plan()).toEqual([expect.objectContaining({ op: "update", name: `${id}-secrets` })]);
    await up();
    expect(await onIt(`sudo cat ${file}`)).toBe(second);
    expect(keptHere()).not.toContain(second);
    expect(await plan()).toEqual([]);
  });
});
