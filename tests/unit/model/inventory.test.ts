import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { FarmError } from "../../../lib/farm-error.ts";
import { checkInventory, findVanished, type ListedVm } from "../../../model/inventory.ts";
import { parse, tenant } from "./fixtures.ts";

const stack = "allris-farm/lab";
const pools = new Map([["nord", { id: "pool-1" }]]);
const { tenants } = parse([tenant()]);

function vm(id: string, tags: readonly string[], pool = "pool-1"): ListedVm {
  return { id, nameLabel: `allris-${id}.lab`, tags: [`farm=${stack}`, ...tags], pool };
}

function errorOf(vms: readonly ListedVm[]): FarmError {
  try {
    checkInventory(tenants, vms, { stack, pools });
  } catch (error) {
    if (error instanceof FarmError) return error;
    throw error;
  }
  throw new Error("the inventory was accepted");
}

test("VMs with a file, tenants without a VM, and other people's VMs are fine", () => {
  const others = [
    { id: "o1", nameLabel: "mail", tags: [], pool: "pool-1" },
    { id: "o2", nameLabel: "prod", tags: ["farm=allris-farm/prod", "tenant=gone"], pool: "pool-1" },
    { id: "o3", nameLabel: "near", tags: ["farm=allris-farm/lab2", "tenant=gone"], pool: "pool-1" },
  ];
  expect(() =>
    checkInventory(tenants, [vm("v1", ["tenant=hohenbrueck"]), ...others], { stack, pools }),
  ).not.toThrow();
  expect(() => checkInventory(tenants, [], { stack, pools })).not.toThrow();
});

test("a VM without a file ends the run with file, VM, the git command and the way to terminate", () => {
  const { message } = errorOf([vm("v2", ["tenant=seestadt"])]);
  expect(message).toContain('tenants/seestadt.ts is missing, but its VM "allris-v2.lab" (v2) is there');
  expect(message).toContain("git checkout HEAD -- tenants/seestadt.ts");
  expect(message).toContain("./farm tenant terminate seestadt --ordered-by");
});

test("two VMs of one tenant are named both", () => {
  const { message } = errorOf([vm("v2", ["tenant=hohenbrueck"]), vm("v1", ["tenant=hohenbrueck"])]);
  expect(message).toContain('"hohenbrueck" has 2 VMs: "allris-v1.lab" (v1), "allris-v2.lab" (v2)');
  expect(message).not.toContain("git checkout");
});

test("a VM in another pool than its file says", () => {
  const { message } = errorOf([vm("v1", ["tenant=hohenbrueck"], "pool-2")]);
  expect(message).toContain(
    'tenants/hohenbrueck.ts says pool "nord", but its VM "allris-v1.lab" (v1) lies in another one',
  );
});

test.each([[[]], [["tenant=a-b", "tenant=hohenbrueck"]], [["tenant=$(reboot)"]], [["tenant="]]])(
  "tags %j name no one tenant, and never reach a command line",
  (tags) => {
    const found = findVanished(tenants, [vm("v1", tags)], { stack, pools });
    expect(found).toMatchObject({ vanished: [], unclear: [{ id: "v1" }] });
    expect(errorOf([vm("v1", tags)]).parts.next).toBe("correct the tags of the VM in Xen Orchestra");
  },
);

test("the report is the same in whatever order Xen Orchestra lists the VMs", () => {
  const vms = [vm("v3", ["tenant=cde"]), vm("v1", ["tenant=abc"]), vm("v2", []), vm("v4", ["tenant=abc"])];
  expect(errorOf(vms.toReversed()).message).toBe(errorOf(vms).message);
});

describe("the git command of the message brings the file back", () => {
  const file = "tenants/seestadt.ts";
  const command =
    /bring the file back: (.*)/.exec(errorOf([vm("v2", ["tenant=seestadt"])]).message)?.[1] ?? "";

  test.each([
    ["deleted and not committed", (_git: Git, root: string) => rmSync(join(root, file))],
    [
      "deleted by the last commit",
      (git: Git) => {
        git("rm", "-q", file);
        git("commit", "-qm", "delete");
      },
    ],
    [
      "deleted some commits ago",
      (git: Git) => {
        git("rm", "-q", file);
        git("commit", "-qm", "delete");
        git("commit", "-qm", "later", "--allow-empty");
      },
    ],
  ])("%s", (_, remove) => {
    const root = mkdtempSync(join(tmpdir(), "farm-inventory-"));
    onTestFinished(() => rmSync(root, { recursive: true }));
    const git: Git = (...args) => {
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@localhost", ...args], { cwd: root });
    };
    git("init", "-q");
    mkdirSync(join(root, "tenants"));
    writeFileSync(join(root, file), "1\n");
    git("add", ".");
    git("commit", "-qm", "add");
    remove(git, root);
    expect(existsSync(join(root, file))).toBe(false);
    execFileSync("sh", ["-c", command], { cwd: root, stdio: "ignore" });
    expect(existsSync(join(root, file))).toBe(true);
  });
});

type Git = (...args: readonly string[]) => void;
