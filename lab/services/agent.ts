import { rmSync } from "node:fs";
import { join } from "node:path";
import { run, tryRun } from "../../lib/run.ts";
import type { LabPlaces } from "../lab-file.ts";
import { startDaemon, waitForDaemon } from "./daemon.ts";
import { farmKeyFile } from "./keys.ts";

/** Name of the daemon. */
export const agentName = "ssh-agent";

/** Socket of the agent that holds the farm's key, for SSH_AUTH_SOCK. */
export function agentSocket(places: LabPlaces): string {
  return join(places.run, "agent.sock");
}

/** Starts the lab's own ssh-agent and gives it the farm's key. */
export async function startAgent(places: LabPlaces): Promise<void> {
  const socket = agentSocket(places);
  rmSync(socket, { force: true });
  const record = await startDaemon(places, {
    name: agentName,
    command: ["ssh-agent", "-D", "-a", socket],
    inside: false,
  });
  const env = { SSH_AUTH_SOCK: socket };
  // 2 says that no agent is there; 1 that it has no key yet.
  await waitForDaemon(
    places,
    agentName,
    record,
    async () => (await tryRun("ssh-add", ["-l"], { env })).code !== 2,
  );
  await run("ssh-add", ["-q", farmKeyFile(places)], { env });
}
