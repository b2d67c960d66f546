import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { logCommand } from "../../../cli/site/logs.ts";
import { sshSettings } from "../../../cli/site/openssh.ts";

const wish = { of: "application", since: "-1h", count: 50, follow: false } as const;

test.each([
  [
    wish,
    "sudo -n journalctl --unit='allrisnet@*.service' --unit='allrisnet.service' --since='-1h' --lines=50 --no-pager --output=short-iso",
  ],
  [
    { ...wish, of: "system", follow: true },
    "sudo -n journalctl --since='-1h' --lines=50 --no-pager --output=short-iso --follow",
  ],
  [{ ...wish, of: "access", follow: true }, "sudo -n tail -n 50 -F '/var/log/nginx/access.json'"],
] as const)("the command of %j", (asked, command) => {
  expect(logCommand(asked)).toBe(command);
});

test("what an operator types stays an argument", () => {
  const since = "today'; touch /tmp/x; '";
  const words = execFileSync(
    "sh",
    ["-c", `sudo() { printf '%s\\n' "$@"; }; ${logCommand({ ...wish, since })}`],
    {
      encoding: "utf8",
    },
  );
  expect(words.split("\n")).toContain(`--since=${since}`);
});

test("OpenSSH takes the pinned keys and nothing else, as it says itself", () => {
  const folder = mkdtempSync(join(tmpdir(), "site ssh-"));
  try {
    const settings = sshSettings(
      {
        machine: { host: "198.18.10.11", port: 22, user: "farm", hostKey: "ssh-ed25519 AAAAmachine" },
        jump: { host: "bastion.example", port: 2222, user: "jump", hostKey: "ssh-ed25519 AAAAjump" },
      },
      folder,
    );
    expect(settings["known_hosts"]).toBe(
      "198.18.10.11 ssh-ed25519 AAAAmachine\n[bastion.example]:2222 ssh-ed25519 AAAAjump\n",
    );
    writeFileSync(join(folder, "config"), settings["config"] ?? "");
    const shown = (host: string): string =>
      execFileSync("ssh", ["-G", "-F", join(folder, "config"), host], { encoding: "utf8" });
    for (const line of [
      "hostname 198.18.10.11",
      "user farm",
      "proxyjump jump",
      "stricthostkeychecking true",
      "globalknownhostsfile /dev/null",
      `userknownhostsfile ${join(folder, "known_hosts")}`,
      "passwordauthentication no",
      "kbdinteractiveauthentication no",
      "forwardagent no",
    ]) {
      expect(shown("site").toLowerCase().split("\n")).toContain(line.toLowerCase());
    }
    expect(shown("jump").split("\n")).toEqual(
      expect.arrayContaining([
        "hostname bastion.example",
        "port 2222",
        "user jump",
        "stricthostkeychecking true",
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
