import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { stopProcess, tryRecord } from "../../../lib/process-record.ts";
import { run, tryRun } from "../../../lib/run.ts";

/** Runs work beside an ssh agent that holds one key. */
export async function withAgent(privateKey: string, work: (socket: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "agent-"));
  const socket = join(folder, "agent.sock");
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  const env = { SSH_AUTH_SOCK: socket };
  try {
    const keyFile = join(folder, "key");
    writeFileSync(keyFile, privateKey, { mode: 0o600 });
    await expect.poll(() => tryRun("ssh-add", ["-l"], { env })).toMatchObject({ code: 1 });
    await run("ssh-add", ["-q", keyFile], { env });
    await work(socket);
  } finally {
    const record = tryRecord(agent.pid ?? 0);
    if (record !== undefined) await stopProcess(record);
    rmSync(folder, { recursive: true });
  }
}
