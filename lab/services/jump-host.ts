import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { LabPlaces } from "../lab-file.ts";
import { namespaceFile } from "../network/ip.ts";
import { addresses, jumpNamespace, quarantineNamespace } from "../network/names.ts";
import { ensureJumpNetwork, ensureQuarantine } from "../network/network.ts";
import { startDaemon, tryRunning, waitForDaemon } from "./daemon.ts";
import { farmKeyFile, jumpHostKeyFile, quarantineHostKeyFile } from "./keys.ts";
import { greets, openPort } from "./ports.ts";

/** Name of the daemon that is the jump host's sshd. */
export const jumpHostName = "jump-host";

/** Name of the daemon that is the sshd of the quarantine's jump host. */
export const quarantineJumpName = "quarantine-jump-host";

/** Name of the daemon that joins the machine's loopback to the lab. */
export const gatewayName = "gateway";

/** Account on the jump host. */
export const jumpUser = "jump";

/** Ports on 127.0.0.1 at which the gateway serves. */
export interface GatewayPorts {
  readonly jump: number;
  readonly proxy: number;
  /** To the quarantine's jump host. */
  readonly quarantine: number;
}

/** Starts the jump host: only the farm's key may come in, and only to go on from there. */
export async function startJumpHost(places: LabPlaces, image: string): Promise<void> {
  await ensureJumpNetwork(places);
  await startSshd(places, image, {
    name: jumpHostName,
    namespace: jumpNamespace(places.namespace),
    hostKey: jumpHostKeyFile(places),
    address: addresses.jumpHost,
  });
}

/** Starts the jump host of the quarantine, on the same terms. */
export async function startQuarantineJump(places: LabPlaces, image: string): Promise<void> {
  await ensureQuarantine(places);
  await startSshd(places, image, {
    name: quarantineJumpName,
    namespace: quarantineNamespace(places.namespace),
    hostKey: quarantineHostKeyFile(places),
    address: addresses.quarantineJump,
  });
}

async function startSshd(
  places: LabPlaces,
  image: string,
  host: {
    readonly name: string;
    readonly namespace: string;
    readonly hostKey: string;
    readonly address: string;
  },
): Promise<void> {
  const folder = join(places.run, host.name);
  mkdirSync(folder, { recursive: true });
  const script = join(import.meta.dirname, "run-jump-host.sh");
  const keys = [host.hostKey, `${farmKeyFile(places)}.pub`];
  const record = await startDaemon(places, {
    name: host.name,
    command: [
      "nsenter",
      `--net=${namespaceFile(host.namespace)}`,
      "unshare",
      "--mount",
      "--propagation",
      "slave",
      script,
      image,
      folder,
      ...keys,
      host.address,
    ],
  });
  // Its address is inside; the gateway's banner check shows whether it answers.
  await waitForDaemon(places, host.name, record, async () => tryRunning(places, host.name) !== undefined);
}

/** Starts the gateway on the ports it had before, as far as they are free. */
export async function startGateway(places: LabPlaces, wanted: Partial<GatewayPorts>): Promise<GatewayPorts> {
  const jump = await openPort(wanted.jump);
  const proxy = await openPort(wanted.proxy);
  const quarantine = await openPort(wanted.quarantine);
  const record = await startDaemon(places, {
    name: gatewayName,
    command: [process.execPath, join(import.meta.dirname, "../gateway/main.ts")],
    sockets: [jump.server, proxy.server, quarantine.server],
  });
  await waitForDaemon(places, gatewayName, record, () => greets(jump.port, "SSH-2.0-"));
  return { jump: jump.port, proxy: proxy.port, quarantine: quarantine.port };
}
