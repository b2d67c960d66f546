import type { DrainScope } from "../../../cli/host-drain.ts";
import { type PoolNow, readPool } from "../../../cli/pool-view.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import type { Shown } from "../xo/support/client.ts";
import { createParams, type Lab, secrets, startLab } from "../xo/support/start.ts";

const gib = 1024 ** 3;

/** A pool of three hosts in the simulator, guests without content, and the farm's two users. */
export class DrainScene {
  readonly lab: Lab;
  readonly xo: XoClient;
  readonly admin: XoClient;
  readonly said: string[] = [];
  #cards = 0;

  private constructor(lab: Lab) {
    this.lab = lab;
    const url = `ws://127.0.0.1:${lab.port}`;
    this.xo = new XoClient({ url, token: secrets.token });
    this.admin = new XoClient({ url, token: secrets.adminToken });
  }

  /** @param hostMemory GiB of each host; @param hostReboot milliseconds that a restart takes */
  static async start(hostMemory = 16, hostReboot = 100): Promise<DrainScene> {
    return new DrainScene(await startLab({ hostMemory, hostReboot }));
  }

  async close(): Promise<void> {
    this.xo.close();
    this.admin.close();
    await this.lab.remove();
  }

  /** Takes every VM away and puts every host back into service. */
  async clear(): Promise<void> {
    this.said.length = 0;
    await this.lab.admin.call("lab.clear");
    for (const { id } of await this.lab.farm.all("VM")) {
      await this.lab.farm.call("vm.delete", { id, force: true });
    }
    for (const { id } of await this.lab.farm.all("host")) await this.lab.farm.call("host.enable", { id });
  }

  /** Starts a VM on a host, which it prefers as well. @param memory GiB */
  async boot(name: string, host: string, memory = 2, tags: readonly string[] = []): Promise<string> {
    const { farm } = this.lab;
    const hostId = await this.hostId(host);
    const mac = `02:16:3e:00:01:${(++this.#cards).toString(16).padStart(2, "0")}`;
    const network = await farm.named("network", "Front nord");
    const id = await farm.call(
      "vm.create",
      await createParams(farm, name, {
        memoryMax: memory * gib,
        memoryStaticMax: memory * gib,
        affinityHost: hostId,
        tags,
        VIFs: [{ network: network.id, mac }],
      }),
    );
    await farm.call("vm.start", { id, host: hostId });
    await farm.until(id, (vm) => vm.pvDriversDetected === true);
    return id;
  }

  /** Names of the VMs by the host that they run on. */
  async placement(): Promise<Record<string, string[]>> {
    const [hosts, vms] = await Promise.all([this.lab.farm.all("host"), this.lab.farm.all("VM")]);
    return Object.fromEntries(
      hosts.map((host: Shown) => [
        host.name_label,
        vms
          .filter((vm: Shown) => vm.$container === host.id)
          .map((vm: Shown) => vm.name_label)
          .sort(),
      ]),
    );
  }

  async hostId(name: string): Promise<string> {
    return (await this.lab.farm.named("host", name)).id;
  }

  async pool(): Promise<PoolNow> {
    return readPool(this.xo, (await this.lab.farm.named("pool", "nord")).id);
  }

  scope(differs: Partial<DrainScope> = {}): DrainScope {
    return {
      xo: this.xo,
      force: false,
      parallel: 1,
      pause: 10,
      say: (line) => this.said.push(line),
      ...differs,
    };
  }
}
