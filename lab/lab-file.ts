import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { FarmError } from "../lib/farm-error.ts";
import { farmFolder } from "../lib/paths.ts";

/** Where a lab can be reached; written by `farm lab up`, read by commands and tests. Holds no secret. */
export interface LabFile {
  readonly version: 1;
  /** Network namespace of the lab. */
  readonly namespace: string;
  readonly xo: { readonly url: string; readonly statusPage: string };
  readonly cloudflare: { readonly baseUrl: string };
  readonly jump: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    /** Public host key, "ssh-ed25519 AAAA…". */
    readonly hostKey: string;
  };
  /** The jump host of the quarantine, where restored copies are. */
  readonly quarantine: LabFile["jump"];
  /** Hosts at the data centre's edge, for probers. @default - there are none: `lab up --edge-hosts` starts them */
  readonly edgeHosts?: readonly { readonly host: string; readonly user: string; readonly hostKey: string }[];
  /** Mail server that keeps what it is given. @default - there is none: `lab up --mail` starts it */
  readonly mail?: { readonly host: string; readonly port: number };
  /** Its package repository has what a monitoring's machine needs. @default - `lab up --monitoring` gives it that */
  readonly monitoring?: true;
  /** HTTP proxy that resolves through the lab's DNS, for browsers and curl. */
  readonly proxy: string;
  readonly acme: {
    readonly directory: string;
    /** Absolute path of the CA that vouches for the directory itself, not for what it issues. */
    readonly caFile: string;
  };
  /** Folder of the roots that a visitor of the lab's sites trusts. */
  readonly roots: { readonly folder: string };
}

/** The lab's credentials, mode 600. */
export interface LabSecrets {
  readonly xo: { readonly token: string; readonly adminToken: string };
  /** Passwords at the pool itself: of its operator `farm`, and of `reader`, who may only look. */
  readonly xapi: { readonly password: string; readonly readOnlyPassword: string };
  readonly cloudflare: { readonly token: string };
}

/** Every path and machine-wide name of one lab. */
export interface LabPlaces {
  /** Eight hex digits that tell labs on one machine apart. */
  readonly hash: string;
  readonly namespace: string;
  /** The farm's own folder, `.farm` of the checkout as a rule. */
  readonly farm: string;
  /** `lab` in it: what outlives `down`. */
  readonly lab: string;
  readonly log: string;
  /** Contents of disks, in a folder for each storage repository. */
  readonly disks: string;
  /** File systems of the shared storage repositories, which are mounted below `disks`. */
  readonly repositories: string;
  readonly keys: string;
  readonly roots: string;
  readonly acme: string;
  /** Archives of the stand-in's releases; where the stack looks for releases. */
  readonly releases: string;
  /** Sockets, process records, guests: what does not outlive `down`. */
  readonly run: string;
  readonly labFile: string;
  readonly secretsFile: string;
}

/** Machine-wide root of the run folders of all labs. */
export const runRoot = "/run/allris-farm";

/**
 * The places of the lab that keeps its data in this folder.
 * @param folder @default - the folder of this farm
 */
export function labPlaces(folder: string = farmFolder): LabPlaces {
  const farm = resolve(folder);
  // Short, since names of network interfaces and sockets are.
  const hash = createHash("sha256").update(farm).digest("hex").slice(0, 8);
  const lab = join(farm, "lab");
  return {
    hash,
    namespace: `farm-${hash}`,
    farm,
    lab,
    log: join(lab, "log"),
    disks: join(lab, "disks"),
    repositories: join(lab, "repositories"),
    keys: join(lab, "keys"),
    roots: join(lab, "roots"),
    acme: join(lab, "acme"),
    releases: join(lab, "releases"),
    run: join(runRoot, hash),
    labFile: join(farm, "lab.json"),
    secretsFile: join(farm, "lab-secrets.json"),
  };
}

/** The lab file, or undefined before the first `lab up`. @throws FarmError when it is damaged */
export function tryReadLab(places: LabPlaces = labPlaces()): LabFile | undefined {
  return tryReadJson<LabFile>(places.labFile);
}

/** The lab file. @throws FarmError when there is none */
export function readLab(places: LabPlaces = labPlaces()): LabFile {
  return tryReadLab(places) ?? missing(places.labFile);
}

/** Credentials of the lab, or undefined before the first `lab up`. */
export function tryReadSecrets(places: LabPlaces = labPlaces()): LabSecrets | undefined {
  return tryReadJson<LabSecrets>(places.secretsFile);
}

/** Credentials of the lab. @throws FarmError when there are none */
export function readSecrets(places: LabPlaces = labPlaces()): LabSecrets {
  return tryReadSecrets(places) ?? missing(places.secretsFile);
}

/** Writes the lab file. */
export function writeLab(places: LabPlaces, lab: LabFile): void {
  writeFileAtomic(places.labFile, `${JSON.stringify(lab, null, 2)}\n`);
}

function missing(path: string): never {
  throw new FarmError({ what: "The lab has never been started here", where: path, next: "./farm lab up" });
}

function tryReadJson<T extends object>(path: string): T | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch (error) {
    throw new FarmError(
      { what: "This file of the lab is damaged", where: path, next: `rm ${path} && ./farm lab up` },
      { cause: error },
    );
  }
}
