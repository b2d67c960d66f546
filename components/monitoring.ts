import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Command } from "@pulumi/command/remote/command.js";
import { CopyToRemote } from "@pulumi/command/remote/copyToRemote.js";
import { Logging } from "@pulumi/command/types/enums/remote/index.js";
import * as pulumi from "@pulumi/pulumi";
import {
  monitoringBundlePath,
  monitoringSecretsCommand,
  monitoringSetUpCommand,
  monitoringTargetsPath,
  renderMonitoring,
} from "../guest/monitoring-bundle.ts";
import { canonicalJson } from "../guest/site-values.ts";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { FarmError } from "../lib/farm-error.ts";
import { farmFolder } from "../lib/paths.ts";
import type { Environment } from "../model/environment.ts";
import type { MailSettings } from "../model/mail-settings.ts";
import { monitoringTargets, type WatchedFarm } from "../model/monitoring/machine.ts";
import type { MonitoringSettings } from "../model/monitoring/settings.ts";
import { affinityHost } from "../model/placement.ts";
import { findPool, type Settings } from "../model/settings.ts";
import { refusing } from "./application-secrets.ts";
import { FarmComponent } from "./farm-component.ts";
import { packageSource } from "./package-source.ts";
import type { PoolLookup } from "./platform-lookup.ts";
import { readSetting } from "./setting-file.ts";
import { VirtualMachine } from "./virtual-machine.ts";

/** The monitoring, and what it watches. */
export interface MonitoringArgs {
  readonly monitoring: MonitoringSettings;
  readonly settings: Settings;
  /** The pool in which its machine runs. */
  readonly pool: PoolLookup;
  /** Name of the machine in Xen Orchestra, and its tag there. */
  readonly label: string;
  readonly tag: string;
  readonly mail: MailSettings;
  readonly watched: WatchedFarm;
  /** Inputs whose change would stop the machine and that are held in this run. */
  readonly held: readonly string[];
  /** What a machine that is still to be made waits for. */
  readonly after: readonly pulumi.Resource[];
  /** Where the secrets of the mail server and of the sign of life are taken from. */
  readonly environment: Environment;
}

/** A secret of the monitoring's machine, and where it comes from. */
interface WantedSecret {
  /** Of its file there. */
  readonly name: string;
  readonly what: string;
  readonly field: string;
  readonly variable: string | undefined;
}

/**
 * The machine that watches all sites. What it is and what it asks for are apart: an administration more changes the
 * uploaded targets alone, and the machine takes them without a restart.
 */
export class Monitoring extends FarmComponent {
  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:Monitoring", name, opts);
    const { monitoring, settings, pool } = args;
    const { access, protection } = settings;
    // First, since it may refuse: nothing of a monitoring is made then.
    const rendered = render(args);
    const hosts = findPool(settings, monitoring.pool).hosts;
    const preferred = pool.hosts.get(affinityHost("monitoring", hosts));
    if (preferred === undefined)
      throw new Error("the pool has no hosts; the look-up lets no such pool through");
    const machine = new VirtualMachine(
      name,
      {
        tenant: "monitoring",
        label: args.label,
        description: "Monitoring of all sites",
        domain: "monitoring.internal",
        address: monitoring.address,
        cpus: monitoring.size.cpus,
        memory: monitoring.size.memory,
        disk: monitoring.size.disk,
        affinityHost: preferred,
        startDelay: pool.ha.startDelaySeconds,
        tags: [args.tag],
        pool,
        access: { user: access.user, authorizedKeys: access.authorizedKeys, proxy: access.jump },
        protection,
        after: args.after,
        held: args.held,
      },
      { parent: this },
    );
    const applied = this.#apply(machine, rendered);
    this.#putSecrets(machine, args, applied);
    const targets = monitoringTargets(args.watched);
    new CopyToRemote(
      this.child("targets"),
      {
        connection: machine.connection,
        source: fileOf(`${name}-targets.json`, canonicalJson(targets)),
        remotePath: monitoringTargetsPath,
        triggers: [machine.id],
      },
      { parent: this, dependsOn: [applied] },
    );
    this.registerOutputs({});
  }

  #apply(machine: VirtualMachine, { text, bundle }: ReturnType<typeof renderMonitoring>): Command {
    const { connection } = machine;
    const triggers = [machine.id];
    const upload = new CopyToRemote(
      this.child("bundle"),
      {
        connection,
        source: fileOf(`${this.child("bundle")}.py`, text),
        remotePath: monitoringBundlePath,
        triggers,
      },
      { parent: this },
    );
    return new Command(
      this.child("apply"),
      {
        connection,
        create: monitoringSetUpCommand,
        stdin: canonicalJson({ bundle }),
        addPreviousOutputInEnv: false,
        triggers,
      },
      { parent: this, dependsOn: [upload] },
    );
  }

  /** Alertmanager reads them from their files each time: a new one needs no restart. */
  #putSecrets(
    machine: VirtualMachine,
    { mail, monitoring, environment }: MonitoringArgs,
    after: pulumi.Resource,
  ): void {
    const wanted: readonly WantedSecret[] = [
      {
        name: "mail",
        what: "The password of the mail server for alerts",
        field: "mail.passwordVariable",
        variable: mail.passwordVariable,
      },
      {
        name: "heartbeat",
        what: "The token of the monitoring's sign of life",
        field: "monitoring.heartbeat.tokenVariable",
        variable: monitoring.heartbeat?.tokenVariable,
      },
    ];
    const needed = wanted.filter(({ variable }) => variable !== undefined);
    if (needed.length === 0) return;
    const read = ({ variable = "" }: WantedSecret): string | undefined => environment[variable]?.trim();
    const missing = needed.find((secret) => !read(secret));
    const refusal =
      missing &&
      new FarmError({
        what: `${missing.what} is missing`,
        where: `${missing.field} in the stack settings`,
        why: `the environment variable ${missing.variable} is not set`,
        next: `set ${missing.variable} from the vault, then run again; the sites are not concerned`,
      });
    const secrets = Object.fromEntries(needed.map((secret) => [secret.name, read(secret)]));
    const name = this.child("secrets");
    new Command(
      name,
      {
        connection: machine.connection,
        create: monitoringSecretsCommand,
        stdin: pulumi.secret(canonicalJson(refusal ? { refused: refusal.message } : { secrets })),
        logging: Logging.None,
        addPreviousOutputInEnv: false,
        triggers: [machine.id],
      },
      {
        parent: this,
        dependsOn: [after],
        ...(refusal === undefined ? {} : { hooks: refusing(name, refusal) }),
      },
    );
  }
}

/** What stands on the machine. @throws FarmError for a file of the settings that cannot be read */
function render({ monitoring, mail, settings, pool }: MonitoringArgs): ReturnType<typeof renderMonitoring> {
  const readIf = (field: string, file: string | undefined): string | undefined =>
    file === undefined ? undefined : readSetting(field, file);
  return renderMonitoring({
    settings: monitoring,
    mail,
    mailAuthorities: readIf("mail.caFile", mail.caFile),
    pools: settings.pools,
    storageAuthorities: readIf("monitoring.storage.caFile", monitoring.storage?.caFile),
    bastions: pool.bastions,
    user: settings.access.user,
    authorities: readIf("monitoring.caFile", monitoring.caFile ?? settings.measurement?.caFile),
    packages: packageSource(settings),
  });
}

/** Leaves a text where the engine finds it; the state keeps its hash alone. */
function fileOf(name: string, text: string): pulumi.asset.FileAsset {
  const folder = join(farmFolder, "bundles", pulumi.getStack());
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileAtomic(file, text);
  return new pulumi.asset.FileAsset(relative(process.cwd(), file));
}
