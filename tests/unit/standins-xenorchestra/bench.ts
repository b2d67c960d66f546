import type { XoClient, XoSettings } from "../../../lab/standins/xenorchestra/client.ts";
import { xenorchestra } from "../../../lab/standins/xenorchestra/provider.ts";
import type { Context, Properties } from "../../../providers/kit/types.ts";
import { type Daemon, startDaemon } from "./daemon.ts";
import { checked, contextOf, differences, smallest, vmResource } from "./inputs.ts";
import { Tap } from "./tap.ts";

export const secrets = { xo: { token: "lab-token-of-the-farm", adminToken: "lab-token-of-an-admin" } };

/** What the engine keeps about a VM. */
export interface Kept {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** Ids of the simulator's objects by what they are for. */
export interface Fixture {
  readonly pool: string;
  readonly template: string;
  readonly diskless: string;
  readonly storage: string;
  readonly otherStorage: string;
  readonly network: string;
  readonly otherNetwork: string;
  readonly host: string;
}

/** The provider before a simulator of its own, used as the engine would. */
export class Bench {
  readonly tap: Tap;
  readonly context: Context<XoClient> & { lines: string[] };
  readonly fixture: Fixture;
  /** Past the provider, as an administrator. */
  readonly admin: XoClient;
  readonly #daemon: Daemon;

  private constructor(
    daemon: Daemon,
    tap: Tap,
    admin: XoClient,
    fixture: Fixture,
    settings: Partial<XoSettings>,
  ) {
    this.#daemon = daemon;
    this.tap = tap;
    this.admin = admin;
    this.fixture = fixture;
    this.context = contextOf(this.connect(settings));
  }

  /** @param settings by default without the rest after vm.set, and less patient */
  static async start(settings: Partial<XoSettings> = {}): Promise<Bench> {
    const daemon = await startDaemon("lab/xo/main.ts", secrets, () => [
      "--hypervisor",
      "paper",
      "--boot-delay",
      "200",
    ]);
    const url = `ws://127.0.0.1:${daemon.port}`;
    const environment = { XOA_URL: url, XOA_TOKEN: secrets.xo.adminToken };
    const admin = xenorchestra(environment).configure({});
    const quick = { settleSeconds: 0, createTimeout: 10_000, powerTimeout: 10_000, ...settings };
    return new Bench(daemon, await Tap.start(`${url}/api/`), admin, await fixtureOf(admin), quick);
  }

  /** A further client, as of a further run. */
  connect(settings: Partial<XoSettings> = {}): XoClient {
    return xenorchestra({ XOA_URL: this.tap.url, XOA_TOKEN: secrets.xo.token }, settings).configure({});
  }

  async stop(): Promise<void> {
    await this.tap.stop();
    await this.admin.close();
    await this.#daemon.stop();
  }

  /** Inputs of a VM that can be made here. */
  inputs(nameLabel: string, more: Properties = {}): Properties {
    const { template, storage, network } = this.fixture;
    return smallest({
      nameLabel,
      template,
      disks: [{ srId: storage, nameLabel: `${nameLabel} system`, size: 10_737_418_240 }],
      networks: [{ networkId: network }],
      ...more,
    });
  }

  async create(news: Properties): Promise<Kept> {
    const inputs = await checked(news);
    const { id, outputs } = await vmResource().create(this.context, inputs);
    return { id, inputs, outputs };
  }

  async diff(kept: Kept, news: Properties): Promise<Record<string, string>> {
    return differences(kept.outputs, await checked(news, kept.inputs), kept.inputs);
  }

  async update(kept: Kept, news: Properties): Promise<Kept> {
    const inputs = await checked(news, kept.inputs);
    const outputs = await vmResource().update?.(this.context, kept.id, kept.outputs, inputs);
    if (!outputs) throw new Error("a VM can be updated");
    return { ...kept, inputs, outputs };
  }

  /** Undefined when the VM is gone. */
  async refresh(kept: Kept): Promise<Kept | undefined> {
    const found = await vmResource().read(this.context, kept.id, kept.outputs, kept.inputs);
    return found && { id: kept.id, ...found };
  }

  /** As `refresh`, of a VM that must be there. */
  async look(kept: Kept): Promise<Kept> {
    const found = await this.refresh(kept);
    if (!found) throw new Error(`VM ${kept.id} is gone`);
    return found;
  }

  delete(kept: Kept): Promise<void> {
    return vmResource().delete(this.context, kept.id, kept.outputs);
  }

  /** Waits until the guest's agent has reported, as a stop needs it. */
  async agent(kept: Kept): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      if ((await this.admin.vm(kept.id)).pvDriversDetected === true) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("the agent never reported");
  }
}

async function fixtureOf(admin: XoClient): Promise<Fixture> {
  const id = async (
    type: string,
    fits: (object: Readonly<Record<string, unknown>>) => boolean,
  ): Promise<string> => {
    const found = (await admin.objects(type)).find(fits);
    if (!found) throw new Error(`the simulator has no such ${type}`);
    return String(found.id);
  };
  const named = (name: string) => (object: Readonly<Record<string, unknown>>) => object.name_label === name;
  const storage = await id("SR", (sr) => sr.SR_type === "lvmoiscsi" && sr.shared === true);
  return {
    pool: await id("pool", named("nord")),
    template: await id("VM-template", (one) => (one.$VBDs as unknown[]).length > 0),
    diskless: await id("VM-template", (one) => (one.$VBDs as unknown[]).length === 0),
    storage,
    otherStorage: await id("SR", (sr) => sr.SR_type === "nfs" && sr.id !== storage),
    network: await id("network", named("Front nord")),
    otherNetwork: await id("network", named("Pool-wide network associated with eth1")),
    host: await id("host", () => true),
  };
}
