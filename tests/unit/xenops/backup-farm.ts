import { once } from "node:events";
import { rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createPaperHypervisor } from "../../../lab/hypervisor/paper.ts";
import { type Built, buildSimulator } from "../../../lab/xo/build.ts";
import { startServer } from "../../../providers/kit/serve.ts";
import type { JsonObject } from "../../../providers/kit/wire.ts";
import { xenops } from "../../../providers/xenops/provider.ts";
import { TestEngine } from "../kit/engine.ts";
import { Client, type Shown } from "../xo/support/client.ts";
import { createParams, secrets, temporaryFolder } from "../xo/support/start.ts";

/** A provider that is configured for a simulator whose guests are on paper. */
export class BackupFarm {
  readonly url: string;
  readonly admin: Client;
  readonly engine: TestEngine;
  private readonly parts: {
    readonly built: Built;
    readonly state: string;
    readonly stop: () => Promise<void>;
  };

  private constructor(
    url: string,
    admin: Client,
    engine: TestEngine,
    parts: { readonly built: Built; readonly state: string; readonly stop: () => Promise<void> },
  ) {
    this.url = url;
    this.admin = admin;
    this.engine = engine;
    this.parts = parts;
  }

  static async begin(args: JsonObject = { adminToken: secrets.adminToken }): Promise<BackupFarm> {
    const state = temporaryFolder();
    const hypervisor = createPaperHypervisor({ agentDelay: 5 });
    const built = await buildSimulator({ state, secrets, hypervisor, factsInterval: 10 });
    built.server.listen(0, "127.0.0.1");
    await once(built.server, "listening");
    const { port } = built.server.address() as AddressInfo;
    const server = await startServer(xenops);
    const url = `ws://127.0.0.1:${port}`;
    const engine = new TestEngine(server.port);
    await engine.configure({ url, token: secrets.token, ...args });
    const admin = await Client.signedIn(port, secrets.adminToken);
    return new BackupFarm(url, admin, engine, { built, state, stop: server.stop });
  }

  async end(): Promise<void> {
    this.engine.close();
    this.admin.close();
    await this.parts.stop();
    await this.parts.built.close();
    rmSync(this.parts.state, { recursive: true, force: true });
  }

  /** What the simulator stores of a repository, with its secrets. */
  stored(remote: string): string {
    return this.parts.built.simulator.backups.remotes.find(remote).url;
  }

  async makeVm(name: string): Promise<string> {
    const params = await createParams(this.admin, name, { VIFs: [] });
    return this.admin.call("vm.create", params);
  }

  /** Checks inputs and creates the resource, as an `up` does. */
  async create(
    type: string,
    inputs: JsonObject,
  ): Promise<{ id: string; outputs: JsonObject; inputs: JsonObject }> {
    const checked = await this.check(type, inputs);
    return { ...(await this.engine.create(type, checked)), inputs: checked };
  }

  async check(type: string, inputs: JsonObject): Promise<JsonObject> {
    const { inputs: checked, failures } = await this.engine.check(type, inputs);
    if (failures.length > 0)
      throw new Error(failures.map(({ property, reason }) => `${property} ${reason}`).join());
    return checked;
  }

  /** What is wrong with inputs, by property. */
  async problems(type: string, inputs: JsonObject): Promise<Record<string, string>> {
    const { failures } = await this.engine.check(type, inputs);
    return Object.fromEntries(failures.map(({ property, reason }) => [property, reason]));
  }

  /** What the next `up` would change: differences after a refresh. */
  async drift(
    type: string,
    id: string,
    outputs: JsonObject,
    inputs: JsonObject,
  ): Promise<Record<string, string>> {
    const read = await this.engine.read(type, id, outputs, inputs);
    const { detailed } = await this.engine.diff(type, id, read.outputs, inputs, read.inputs);
    return detailed as Record<string, string>;
  }

  async schedulesOf(job: string): Promise<Shown[]> {
    return (await this.admin.call("schedule.getAll")).filter((each: Shown) => each.jobId === job);
  }
}
