import type { Properties } from "../../../providers/kit/types.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { testContext } from "../kit/context.ts";
import type { Shown } from "../xo/support/client.ts";
import { createParams, type Lab, secrets, startLab } from "../xo/support/start.ts";

const gib = 1024 ** 3;

/** A simulator with a pool, and the provider's client of it. */
export class PoolScene {
  readonly lab: Lab;
  readonly client: XoClient;
  readonly context: ReturnType<typeof testContext<XoClient>>;
  readonly preview: ReturnType<typeof testContext<XoClient>>;
  pool!: Shown;
  private number = 0;

  private constructor(lab: Lab) {
    this.lab = lab;
    this.client = new XoClient({ url: `ws://127.0.0.1:${lab.port}`, token: secrets.token, patience: 0 });
    this.context = testContext(this.client);
    this.preview = testContext(this.client, { preview: true });
  }

  static async start(): Promise<PoolScene> {
    process.env.XAPI_PASSWORD = secrets.xapi.password;
    process.env.XAPI_READER = secrets.xapi.readOnlyPassword;
    const scene = new PoolScene(await startLab());
    scene.pool = await scene.lab.farm.named("pool", "nord");
    return scene;
  }

  /** The pool's account as an input. */
  get xapi(): Properties {
    return {
      url: `http://127.0.0.1:${this.lab.port}`,
      user: "farm",
      passwordVariable: "XAPI_PASSWORD",
    };
  }

  get reader(): Properties {
    return { ...this.xapi, user: "reader", passwordVariable: "XAPI_READER" };
  }

  async sr(name: string): Promise<string> {
    return (await this.lab.farm.all("SR")).find((sr) => sr.name_label === name).id;
  }

  /** A running protected machine. @param memory GiB */
  async vm(name: string, memory: number, more: object = {}): Promise<string> {
    const { farm } = this.lab;
    const mac = `02:00:00:00:03:${(++this.number).toString(16).padStart(2, "0")}`;
    const size = { memoryMax: memory * gib, memoryStaticMax: memory * gib };
    const base = await createParams(farm, name, { ...size, ...more });
    const id = await farm.call("vm.create", { ...base, VIFs: [{ ...(base.VIFs as object[])[0], mac }] });
    await farm.call("vm.start", { id });
    return id;
  }

  /** The pool as XO shows it now. */
  now(): Promise<Shown> {
    return this.lab.farm.named("pool", "nord");
  }

  /** The machine's record, with what XO does not show. */
  vmRecord(id: string): Shown {
    return this.lab.built.simulator.store.objects.get(id);
  }

  async end(): Promise<void> {
    this.client.close();
    await this.lab.remove();
  }
}
