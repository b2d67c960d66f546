import { readFileSync } from "node:fs";
import { tryRun } from "../../lib/run.ts";
import type { GuestFacts } from "./types.ts";

/** No agent yet. */
export const noFacts: GuestFacts = { agent: false, addresses: {} };

const sshPort = 22;

/** The guest's init among its processes: number 1 in a process namespace one level below this machine's. */
export function findInit(processes: readonly number[]): number | undefined {
  return processes.find((pid) => {
    const numbers = /^NSpid:\s+(.*)$/m.exec(tryRead(`/proc/${pid}/status`))?.[1]?.split(/\s+/) ?? [];
    return numbers.length > 1 && numbers.at(-1) === "1" && tryRead(`/proc/${pid}/comm`).trim() === "systemd";
  });
}

/** Whether somebody listens on a TCP port in the network namespace of a process; `tables` are /proc/PID/net/tcp and tcp6. */
export function isListening(tables: readonly string[], port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  // Columns: number, local address:port, remote address:port, state; 0A is LISTEN.
  return tables.some((table) =>
    new RegExp(`^\\s*\\d+: [0-9A-F]+:${hex} [0-9A-F]+:[0-9A-F]{4} 0A `, "m").test(table),
  );
}

/** Turns `ip -json address show` into XO's notation. */
export function readAddresses(json: string): Record<string, string> {
  const shown = JSON.parse(json) as {
    ifname?: string;
    addr_info?: { family: string; local: string; scope: string }[];
  }[];
  const found: Record<string, string> = {};
  for (const link of shown) {
    const device = /^enX(\d+)$/.exec(link.ifname ?? "")?.[1];
    if (device === undefined) continue;
    for (const [family, name] of [
      ["inet", "ipv4"],
      ["inet6", "ipv6"],
    ] as const) {
      const usable = (link.addr_info ?? []).filter(
        (address) => address.family === family && address.scope !== "link",
      );
      for (const [index, address] of usable.entries()) found[`${device}/${name}/${index}`] = address.local;
    }
  }
  return found;
}

/**
 * What the agent of a guest would report. The agent "answers" once sshd listens: cloud-init's network stage is
 * over then, and looking costs two files, not a process.
 */
export async function readFacts(init: number, namespace: string): Promise<GuestFacts> {
  if (!isListening([tryRead(`/proc/${init}/net/tcp`), tryRead(`/proc/${init}/net/tcp6`)], sshPort))
    return noFacts;
  const shown = await tryRun("ip", ["-n", namespace, "-json", "address", "show"]);
  return shown.code === 0 ? { agent: true, addresses: readAddresses(shown.stdout) } : noFacts;
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
