import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { GuestRelease } from "../../../providers/xenops/release-machine.ts";
import { makeKeyPair } from "../../support/key-pair.ts";
import { testContext } from "../kit/context.ts";
import { SshServer } from "../standins-command/ssh-server.ts";

/** Stands for sudo and the release program: the first who follows hears one line and the beginning of another. */
const program = `#!/bin/sh
case $3 in
begin) echo '{"outcome":"done","story":"begun"}' ;;
follow)
  lines() { printf '%s\\n' '{"step":"stage","seconds":1}' '{"step":"swing","seconds":2}'; }
  if [ -e followed ]; then
    lines | tail -n +$(($5 + 1))
    echo '{"result":{"outcome":"done","story":"the site runs it"}}'
  else
    lines | head -c 40
    touch followed
    exec sleep 600
  fi ;;
esac
`;

test("a line that a lost connection cuts off is told once, and whole", async () => {
  const folder = mkdtempSync(join(tmpdir(), "farm-release-line-"));
  writeFileSync(join(folder, "sudo"), program, { mode: 0o755 });
  const [hostKey, user] = [makeKeyPair(), makeKeyPair()];
  const server = await SshServer.start({
    hostKeys: [hostKey],
    authorizedKeys: [user.publicKey],
    home: folder,
    environment: { PATH: `${folder}:${process.env["PATH"]}` },
  });
  onTestFinished(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  vi.stubEnv("SSH_AUTH_SOCK", "");
  const context = testContext(undefined);
  const connection = {
    host: "127.0.0.1",
    port: server.port,
    privateKey: user.privateKey,
    hostKey: hostKey.publicKey,
  };
  const run = new GuestRelease(context, connection).run("update", {});
  await expect.poll(() => context.lines.length === 1 && existsSync(join(folder, "followed"))).toBe(true);
  server.drop();
  expect(await run).toEqual({ outcome: "done", story: "the site runs it" });
  expect(context.lines.filter((line) => / s$/.test(line))).toEqual(["info: stage 1 s", "info: swing 2 s"]);
});
