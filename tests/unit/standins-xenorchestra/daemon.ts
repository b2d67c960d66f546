import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { checkout } from "../../../lib/paths.ts";

/** A simulator of its own for a test, on a free port of 127.0.0.1. */
export interface Daemon {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts a daemon of the lab.
 * @param main below the checkout
 * @param args beyond port, state and secrets
 * @param onLog called with each line of its log
 */
export async function startDaemon(
  main: string,
  secrets: object,
  args: (folder: string) => string[] = () => [],
  onLog: (line: string) => void = () => {},
): Promise<Daemon> {
  const folder = mkdtempSync(join(tmpdir(), "farm-standin-"));
  const secretsFile = join(folder, "secrets.json");
  writeFileSync(secretsFile, JSON.stringify(secrets), { mode: 0o600 });
  const common = ["--port", "0", "--state", join(folder, "state"), "--secrets", secretsFile];
  const child = spawn(process.execPath, [join(checkout, main), ...common, ...args(folder)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const words: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    onLog(line);
    words.push(line);
    words.splice(0, words.length - 20);
  });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, "exit").then(() => {
    throw new Error(`${main} ended before it listened:\n${words.join("\n")}`);
  });
  const [line] = (await Promise.race([once(lines, "line"), ended])) as [string];
  ended.catch(() => {});
  return {
    port: (JSON.parse(line) as { port: number }).port,
    async stop() {
      const exit = child.exitCode === null ? once(child, "exit") : undefined;
      child.kill("SIGTERM");
      await exit;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
