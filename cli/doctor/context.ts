import { FarmError } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";
import { loadFarm } from "../../loading/farm.ts";
import { loadSettings } from "../../loading/settings.ts";
import type { Farm } from "../../model/farm.ts";
import { farmTag, isMonitoring, tenantsOfTags } from "../../model/plan.ts";
import { parseStackName, platformShard, requirePart, tenantsOf } from "../../model/shards.ts";
import type { StackState } from "../../model/stack-state.ts";
import { XoClient } from "../../providers/xenops/xo-client.ts";
import { type Engine, ensureEngine } from "../../toolchain/engine.ts";
import { CloudflareFacts } from "../cloudflare-facts.ts";
import { engineEnvironment, stackEnvironment } from "../environment.ts";
import type { EngineRun } from "../pulumi.ts";
import { readState } from "../stack-state.ts";

/** What is examined, and from where. */
export interface Subject {
  readonly stack: string;
  /** How to run the engine. @default - in the checkout */
  readonly run?: EngineRun;
  /** @default - now */
  readonly now?: Date;
  readonly progress?: (line: string) => void;
}

/** What the checks share; each part is fetched at its first use and once. */
export class Context {
  readonly stack: string;
  readonly engine: Engine;
  readonly run: EngineRun;
  /** The project's folder. */
  readonly folder: string;
  readonly now: Date;
  /** What the engine's environment would be. */
  readonly environment: NodeJS.ProcessEnv;
  /** The backend's URL. */
  readonly backend: string;
  #state: Promise<StackState> | undefined;
  #farm: Promise<Farm> | undefined;
  #vms: Promise<Record<string, unknown>[]> | undefined;
  #xo: XoClient | undefined;
  #admin: XoClient | undefined;

  private constructor(subject: Subject, engine: Engine) {
    this.stack = subject.stack;
    this.engine = engine;
    this.run = subject.run ?? {};
    this.folder = this.run.project ?? checkout;
    this.now = subject.now ?? new Date();
    const own = stackEnvironment(subject.stack, engine.binFolder);
    this.environment = { ...engineEnvironment(own), ...this.run.env };
    this.backend = own.variables["PULUMI_BACKEND_URL"] ?? "";
  }

  /** @throws FarmError for the stack `lab` while no lab has been started */
  static async open(subject: Subject): Promise<Context> {
    return new Context(subject, await ensureEngine(subject.progress ?? (() => {})));
  }

  close(): void {
    this.#xo?.close();
    this.#admin?.close();
  }

  state(): Promise<StackState> {
    this.#state ??= readState(this.stack, this.run);
    return this.#state;
  }

  /** Settings and tenants as the next run reads them; of a shard its own tenants. */
  async farm(): Promise<Farm> {
    const farm = await this.whole();
    const part = requirePart(this.stack, farm.settings);
    return { ...farm, tenants: tenantsOf(part, farm.tenants, farm.settings) };
  }

  /** The same with the tenants of all shards. */
  whole(): Promise<Farm> {
    this.#farm ??= loadSettings(this.stack, this.folder).then(({ file, value }) =>
      loadFarm({
        settings: value,
        settingsFile: file,
        environment: this.environment,
        folder: `${this.folder}/tenants`,
      }),
    );
    return this.#farm;
  }

  xo(): XoClient {
    this.#xo ??= new XoClient({
      url: this.required("XOA_URL"),
      token: this.required("XOA_TOKEN"),
      patience: 3000,
    });
    return this.#xo;
  }

  /** XO as its administrator sees it. @throws FarmError when nobody has given the token */
  admin(): XoClient {
    this.#admin ??= new XoClient({
      url: this.required("XOA_URL"),
      token: this.required("XOA_ADMIN_TOKEN"),
      patience: 3000,
    });
    return this.#admin;
  }

  /** VMs in XO with the tag of the farm, and the one that watches them, without those of the administrations that another shard has. */
  vms(): Promise<Record<string, unknown>[]> {
    this.#vms ??= this.#findVms();
    return this.#vms;
  }

  async #findVms(): Promise<Record<string, unknown>[]> {
    const tag = farmTag(`allris-farm/${this.stack}`);
    const all = await this.xo().objects({ type: "VM" });
    const tagsOf = (vm: Record<string, unknown>): readonly string[] =>
      Array.isArray(vm["tags"]) ? vm["tags"].map(String) : [];
    const { shard } = parseStackName(this.stack);
    const tagged = all.filter((vm) => tagsOf(vm).includes(tag));
    // What watches the sites is the platform's.
    if (shard === undefined || shard === platformShard)
      tagged.push(...all.filter((vm) => isMonitoring(tagsOf(vm), `allris-farm/${this.stack}`)));
    if (shard === undefined) return tagged;
    const [{ tenants }, farm] = await Promise.all([this.farm(), this.whole()]);
    const own = tenants.map(({ id }) => id);
    const others = new Set<string>(farm.tenants.map(({ id }) => id).filter((id) => !own.includes(id)));
    return tagged.filter((vm) => !tenantsOfTags(vm["tags"] as string[]).some((id) => others.has(id)));
  }

  cloudflare(): CloudflareFacts {
    const url = this.environment["CLOUDFLARE_BASE_URL"] ?? "https://api.cloudflare.com/client/v4";
    return new CloudflareFacts(url, this.required("CLOUDFLARE_API_TOKEN"));
  }

  required(name: string): string {
    const value = this.environment[name];
    if (value) return value;
    throw new FarmError({ what: `${name} is not set`, next: `set ${name}: docs/decisions/0003` });
  }
}
