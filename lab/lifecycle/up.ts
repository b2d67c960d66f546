import { chmodSync, mkdirSync } from "node:fs";
import { isAlive } from "../../lib/process-record.ts";
import { acmeCaFile, acmeDirectory, pebbleName, startPebble } from "../acme/pebble.ts";
import { buildReleases } from "../allrisnet/build.ts";
import { loadGuests } from "../hypervisor/record.ts";
import { ensureImage, type Progress } from "../image/image.ts";
import { type LabFile, type LabPlaces, labPlaces, tryReadLab, writeLab } from "../lab-file.ts";
import { mailName, startMail } from "../mail/service.ts";
import { isNamespace } from "../network/ip.ts";
import { edgeAddresses } from "../network/names.ts";
import { ensureNetwork } from "../network/network.ts";
import { monitoringPackages, packagesName, startPackages } from "../packages/service.ts";
import { agentName, startAgent } from "../services/agent.ts";
import { stopDaemon, tryRunning } from "../services/daemon.ts";
import { edgeHostName, startEdgeHost } from "../services/edge-hosts.ts";
import {
  gatewayName,
  jumpHostName,
  jumpUser,
  quarantineJumpName,
  startGateway,
  startJumpHost,
  startQuarantineJump,
} from "../services/jump-host.ts";
import {
  edgeHostKeyFile,
  ensureKeys,
  jumpHostKeyFile,
  publicKey,
  quarantineHostKeyFile,
} from "../services/keys.ts";
import { cloudflareName, startCloudflare, startXo, xoName } from "../services/simulators.ts";
import { takeDown } from "./down.ts";
import { requireLabPackages, requireRootOnLinux } from "./requirements.ts";
import { checkStateMatches, stamp } from "./stamps.ts";
import { inTurn } from "./turn.ts";

/** How to start the lab. */
export interface LabUpOptions {
  readonly progress: Progress;
  /** @default - the lab of this checkout */
  readonly places?: LabPlaces;
  /** Seconds that certificates of the ACME server are valid. @default - FARM_LAB_CERTIFICATE_SECONDS, else 90 days, as public authorities have it */
  readonly certificateSeconds?: number;
  /**
   * Debian's own packages that the lab's repository holds besides, set when that is started.
   * @default - FARM_LAB_PACKAGES, names separated by spaces, else none
   */
  readonly packages?: readonly string[];
  /** Whether hosts at the data centre's edge are started, for probers. @default - as it was before */
  readonly edgeHosts?: boolean;
  /** Whether a mail server is started, which keeps what it is given. @default - as it was before */
  readonly mail?: boolean;
  /** Whether the lab's repository has the packages of a monitoring's machine. @default - as it was before */
  readonly monitoring?: boolean;
  /** Names of services to leave out. @default - none */
  readonly without?: readonly string[];
}

/** What a start did. */
export interface LabUpResult {
  readonly lab: LabFile;
  /** Names of the services that had to be started; empty when the lab was up. */
  readonly started: readonly string[];
  readonly seconds: number;
}

/** Starts the lab, or what of it does not run. Returns once everything answers; guests may still be booting. */
export async function labUp(options: LabUpOptions): Promise<LabUpResult> {
  requireRootOnLinux();
  const places = options.places ?? labPlaces();
  return inTurn(places, options.progress, async () => {
    const begun = Date.now();
    checkStateMatches(places);
    await requireLabPackages(options.progress);
    const image = await ensureImage(options.progress);
    if (!(await isNamespace(places.namespace)) && isAnythingAlive(places)) {
      options.progress("The lab's network is gone, what hung on it is stopped first");
      await takeDown(places, options.progress);
    }
    stamp(places);
    buildReleases(places.releases);
    mkdirSync(places.run, { recursive: true });
    chmodSync(places.run, 0o700);
    await ensureNetwork(places);
    await ensureKeys(places);
    const { lab, started } = await startServices(places, image, options);
    return { lab, started, seconds: (Date.now() - begun) / 1000 };
  });
}

function isAnythingAlive(places: LabPlaces): boolean {
  const jumpHosts = [jumpHostName, quarantineJumpName];
  const edges = edgeAddresses.map((_, index) => edgeHostName(index));
  const names = [
    ...edges,
    agentName,
    ...jumpHosts,
    gatewayName,
    cloudflareName,
    pebbleName,
    packagesName,
    mailName,
    xoName,
  ];
  if (names.some((name) => tryRunning(places, name) !== undefined)) return true;
  return loadGuests(places).some((guest) => guest.process !== undefined && isAlive(guest.process));
}

async function startServices(
  places: LabPlaces,
  image: string,
  {
    progress,
    certificateSeconds = secondsFromEnvironment(),
    edgeHosts,
    mail,
    monitoring,
    packages = namesFromEnvironment(),
    without = [],
  }: LabUpOptions,
): Promise<Pick<LabUpResult, "lab" | "started">> {
  const before = tryReadLab(places);
  const ports = {
    xo: portOf(before?.xo.statusPage),
    cloudflare: portOf(before?.cloudflare.baseUrl),
    jump: before?.jump.port,
    proxy: portOf(before?.proxy),
    quarantine: before?.quarantine?.port,
    mail: before?.mail?.port,
  };
  const wantsMail = mail ?? before?.mail !== undefined;
  const wantsEdge = edgeHosts ?? before?.edgeHosts !== undefined;
  const wantsMonitoring = monitoring ?? before?.monitoring === true;
  const names = [...packages, ...(wantsMonitoring ? monitoringPackages : [])];
  // What it holds is set when it is started.
  if (wantsMonitoring && before !== undefined && !before.monitoring) await stopDaemon(places, packagesName);
  const started: string[] = [];
  const ensure = async (name: string, start: () => Promise<unknown>): Promise<void> => {
    if (without.includes(name) || tryRunning(places, name) !== undefined) return;
    progress(`Starting ${name}`);
    await start();
    started.push(name);
  };
  // DNS before whoever asks it, XO last: it boots guests, which want all the others.
  await ensure(agentName, () => startAgent(places));
  await ensure(jumpHostName, () => startJumpHost(places, image));
  await ensure(quarantineJumpName, () => startQuarantineJump(places, image));
  await ensure(gatewayName, async () => {
    const { jump, proxy, quarantine } = ports;
    const wanted = { ...(jump && { jump }), ...(proxy && { proxy }), ...(quarantine && { quarantine }) };
    Object.assign(ports, await startGateway(places, wanted));
  });
  await ensure(cloudflareName, async () => {
    ports.cloudflare = await startCloudflare(places, ports.cloudflare);
  });
  await ensure(pebbleName, () => startPebble(places, { certificateSeconds }));
  await ensure(packagesName, () => startPackages(places, progress, names));
  if (wantsMail) {
    await ensure(mailName, async () => {
      ports.mail = await startMail(places, ports.mail);
    });
  }
  await ensure(xoName, async () => {
    ports.xo = await startXo(places, ports.xo);
  });
  for (const index of wantsEdge ? edgeAddresses.keys() : []) {
    await ensure(edgeHostName(index), () => startEdgeHost(places, image, index));
  }
  const lab: LabFile = {
    version: 1,
    namespace: places.namespace,
    xo: { url: `ws://127.0.0.1:${ports.xo ?? 0}`, statusPage: `http://127.0.0.1:${ports.xo ?? 0}/` },
    cloudflare: { baseUrl: `http://127.0.0.1:${ports.cloudflare ?? 0}/client/v4` },
    jump: {
      host: "127.0.0.1",
      port: ports.jump ?? 0,
      user: jumpUser,
      hostKey: publicKey(jumpHostKeyFile(places)),
    },
    quarantine: {
      host: "127.0.0.1",
      port: ports.quarantine ?? 0,
      user: jumpUser,
      hostKey: publicKey(quarantineHostKeyFile(places)),
    },
    ...(wantsEdge && { edgeHosts: edgeHostsOf(places) }),
    ...(wantsMonitoring && { monitoring: true }),
    ...(wantsMail && { mail: { host: "127.0.0.1", port: ports.mail ?? 0 } }),
    proxy: `http://127.0.0.1:${ports.proxy ?? 0}`,
    acme: { directory: acmeDirectory, caFile: acmeCaFile(places) },
    roots: { folder: places.roots },
  };
  if (started.length > 0 || before === undefined || wantsEdge || wantsMail || wantsMonitoring)
    writeLab(places, lab);
  return { lab, started };
}

function edgeHostsOf(places: LabPlaces): NonNullable<LabFile["edgeHosts"]> {
  return edgeAddresses.map((host, index) => ({
    host,
    user: "farm",
    hostKey: publicKey(edgeHostKeyFile(places, index)),
  }));
}

function portOf(url: string | undefined): number | undefined {
  return url === undefined ? undefined : Number(new URL(url).port) || undefined;
}

const ninetyDays = 90 * 86_400;

function secondsFromEnvironment(): number {
  return Number(process.env.FARM_LAB_CERTIFICATE_SECONDS) || ninetyDays;
}

function namesFromEnvironment(): readonly string[] {
  return (process.env.FARM_LAB_PACKAGES ?? "").split(" ").filter(Boolean);
}
