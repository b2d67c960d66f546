import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TrafficMachine } from "./traffic-log.ts";

/** A process by the name of nginx that writes down each USR1. */
export async function spawnRecorded(machine: TrafficMachine) {
  const [program, record] = [join(machine.root, "nginx"), join(machine.root, "signals")];
  copyFileSync("/bin/bash", program);
  const script = `trap 'echo reopen >>"$0"' USR1; echo ready; while :; do sleep 0.05; done`;
  const child = spawn(program, ["-c", script, record], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  writeFileSync(join(machine.root, "run/nginx.pid"), `${child.pid}\n`);
  return {
    signals: () => (existsSync(record) ? readFileSync(record, "utf8").split("\n").length - 1 : 0),
    /** Ends it: it writes into the machine's folder as long as it runs. */
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
