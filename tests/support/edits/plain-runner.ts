import * as pulumi from "@pulumi/pulumi";
import { disconnect, setMockOptions } from "@pulumi/pulumi/runtime/settings.js";
import * as sdkState from "@pulumi/pulumi/runtime/state.js";
import { run as runProgram } from "../../../components/program.ts";
import { messageOf } from "../../../lib/farm-error.ts";
import { loadSettings } from "../../../loading/settings.ts";
import type { DiffResult, Properties } from "../../../providers/kit/types.ts";
import { project } from "../project.ts";
import { withXo } from "../services.ts";
import { type Asked, PlainMonitor, type Registered, type Target } from "./plain-monitor.ts";
import { PlainProviders } from "./plain-providers.ts";
import { type PlainResource, typeOf } from "./plain-state.ts";
import type { Ended, Runner } from "./runner.ts";

/** Kept as long as the process: a module of the program registers one hook for its whole life, with any runner. */
const hooks = new Map<string, pulumi.ResourceHook>();

/**
 * Runs the farm's program in this process, and does with its resources what the engine does with them, by the
 * providers as objects: check, diff, create, update, replace, delete. A hundred times as many runs fit into an hour.
 * The process has to stand in the project's folder, with the lab in its environment.
 */
export class PlainRunner implements Runner {
  readonly #providers = new PlainProviders();
  #state = new Map<string, PlainResource>();

  async run(env: Readonly<Record<string, string>>): Promise<Ended> {
    const done: string[] = [];
    return this.#pass(env, done, true);
  }

  async remains(): Promise<readonly string[]> {
    const planned: string[] = [];
    const { well, said } = await this.#pass({}, planned, false);
    if (!well) throw new Error(`a second run failed:\n${said}`);
    return planned;
  }

  state(): readonly PlainResource[] {
    return [...this.#state.values()];
  }

  /** Deletes everything, whatever is protected. */
  async clear(): Promise<void> {
    for (const { type, id } of this.#state.values()) {
      if (type !== "xenorchestra:index/vm:Vm") continue;
      await withXo((xo) => xo.call("vm.set", { id, blockedOperations: { destroy: null } }));
    }
    const all = [...this.#state.values()].map((resource) => ({ ...resource, protect: false }));
    await this.#deleteAll(all, []);
    this.#state.clear();
  }

  async close(): Promise<void> {
    await this.#providers.close();
  }

  /** @param does whether anything is done; what would be is noted either way */
  async #pass(env: Readonly<Record<string, string>>, notes: string[], does: boolean): Promise<Ended> {
    const pass = new Pass({ providers: this.#providers, hooks, old: this.#state, notes, does });
    const before = { ...process.env };
    Object.assign(process.env, env);
    const prepareStackTrace = Error.prepareStackTrace;
    const monitor = new PlainMonitor("lab::allris-farm", pass, hooks);
    try {
      await prepareSdk(monitor);
      await runProgram();
      await disconnect();
      if (monitor.failures.length > 0) return { well: false, said: monitor.failures.join("\n") };
      await this.#deleteAll(pass.gone(), notes, does);
      if (does) this.#state = pass.state;
      return { well: true, said: notes.join("\n") };
    } catch (error) {
      return { well: false, said: messageOf(error) };
    } finally {
      for (const name of Object.keys(env)) delete process.env[name];
      Object.assign(process.env, before);
      Error.prepareStackTrace = prepareStackTrace;
    }
  }

  /** What depends on others goes before them: the later a resource was registered, the sooner. */
  async #deleteAll(gone: readonly PlainResource[], notes: string[], does = true): Promise<void> {
    const urns = new Set(gone.map(({ urn }) => urn));
    for (const { urn, type, id, outputs, protect, deletedWith } of gone.toReversed()) {
      notes.push(`delete ${urn.slice(urn.lastIndexOf("::") + 2)}`);
      if (protect) throw new Error(`${urn} is protected and would be deleted`);
      if (!does || urns.has(deletedWith)) continue;
      await this.#providers.resource(type).delete(this.#providers.context(type, urn), id, outputs);
    }
  }
}

/** Tells the SDK where it runs, as an engine does by the arguments of a program's process. */
async function prepareSdk(monitor: PlainMonitor): Promise<void> {
  setMockOptions(monitor, "allris-farm", "lab", false);
  const { value } = await loadSettings("lab", project);
  pulumi.runtime.setAllConfig({ "allris-farm:settings": JSON.stringify(value) });
  // Left out of the SDK's types: what an engine can do, and the server through which it calls hooks.
  const store = (sdkState as unknown as { getStore(): object }).getStore();
  const supported = { supportsSecrets: true, supportsDeletedWith: true, supportsResourceHooks: true };
  Object.assign(store, { ...supported, callbacks: monitor.callbacks });
}

/** What one run of the program works with. */
interface PassParts {
  readonly providers: PlainProviders;
  readonly hooks: ReadonlyMap<string, pulumi.ResourceHook>;
  /** The state that the run finds. */
  readonly old: ReadonlyMap<string, PlainResource>;
  /** Gets a line for everything that is done. */
  readonly notes: string[];
  /** Whether anything is done at all. */
  readonly does: boolean;
}

/** One run of the program against a state. */
class Pass implements Target {
  /** What the run leaves, each resource after those that it depends on. */
  readonly state = new Map<string, PlainResource>();
  readonly #parts: PassParts;
  readonly #providers: PlainProviders;
  readonly #replaced: PlainResource[] = [];

  constructor(parts: PassParts) {
    this.#parts = parts;
    this.#providers = parts.providers;
  }

  call(token: string, args: Properties): Promise<Properties> {
    return this.#providers.call(token, args);
  }

  /** What is no longer wanted, in the order in which it was registered. */
  gone(): readonly PlainResource[] {
    return [...[...this.#parts.old.values()].filter(({ urn }) => !this.state.has(urn)), ...this.#replaced];
  }

  async register(asked: Asked): Promise<Registered> {
    if (!asked.custom) return { id: "", outputs: {} };
    const old = this.#parts.old.get(asked.urn);
    const type = this.#providers.resource(asked.type);
    const context = this.#providers.context(asked.type, asked.urn);
    // The engine takes ignored inputs back to what they were before anybody checks them.
    const news = old === undefined ? asked.inputs : keeping(asked.inputs, old.inputs, asked.ignored);
    const { inputs, failures } = await type.check(context, news, old?.inputs ?? {});
    if (failures.length > 0)
      throw new Error(failures.map(({ property, reason }) => `${property} ${reason}`).join("; "));
    if (old === undefined) return this.#create(asked, inputs);
    const diff = await type.diff(context, old.id, old.outputs, inputs, old.inputs);
    const ignored = (path: string): boolean =>
      asked.ignored.some((name) => name === "*" || name === /^[^.[]+/.exec(path)?.[0]);
    const differences = Object.entries(diff.differences).filter(([path]) => !ignored(path));
    if (differences.length === 0) return this.#keep(asked, { ...old, inputs });
    const replaces = type.update === undefined || differences.some(([, kind]) => kind.endsWith("-replace"));
    return replaces ? this.#replace(asked, old, inputs, diff) : this.#update(asked, old, inputs);
  }

  async #create(asked: Asked, inputs: Properties): Promise<Registered> {
    this.#note("create", asked.urn);
    if (!this.#parts.does) throw new Error("nothing is made in a look at what remains");
    await this.#call(asked.hooks.beforeCreate, asked, { newInputs: inputs });
    const context = this.#providers.context(asked.type, asked.urn);
    const { id, outputs } = await this.#providers.resource(asked.type).create(context, inputs);
    return this.#keep(asked, { id, inputs, outputs });
  }

  async #update(asked: Asked, old: PlainResource, inputs: Properties): Promise<Registered> {
    this.#note("update", asked.urn);
    if (!this.#parts.does) return this.#keep(asked, old);
    await this.#call(asked.hooks.beforeUpdate, asked, { newInputs: inputs, oldInputs: old.inputs });
    const context = this.#providers.context(asked.type, asked.urn);
    const type = this.#providers.resource(asked.type);
    const outputs = (await type.update?.(context, old.id, old.outputs, inputs)) ?? old.outputs;
    return this.#keep(asked, { id: old.id, inputs, outputs });
  }

  async #replace(
    asked: Asked,
    old: PlainResource,
    inputs: Properties,
    diff: DiffResult,
  ): Promise<Registered> {
    this.#note("replace", asked.urn);
    if (old.protect) throw new Error(`${asked.urn} is protected and would be replaced`);
    if (!this.#parts.does) return this.#keep(asked, old);
    if (asked.deleteBeforeReplace ?? diff.deleteBeforeReplace ?? false) {
      const context = this.#providers.context(asked.type, asked.urn);
      await this.#providers.resource(asked.type).delete(context, old.id, old.outputs);
    } else {
      this.#replaced.push(old);
    }
    return this.#create(asked, inputs);
  }

  #keep(asked: Asked, kept: Pick<PlainResource, "id" | "inputs" | "outputs">): Registered {
    const { urn, protect, deletedWith } = asked;
    const { id, inputs, outputs } = kept;
    this.state.set(urn, { urn, type: typeOf(urn), id, inputs, outputs, protect, deletedWith });
    return { id, outputs };
  }

  async #call(names: readonly string[], { urn, type }: Asked, values: object): Promise<void> {
    for (const name of names) {
      const hook = this.#parts.hooks.get(name);
      if (hook === undefined) throw new Error(`the hook ${name} was never registered`);
      await hook.callback({ urn, id: "", name: urn.slice(urn.lastIndexOf("::") + 2), type, ...values });
    }
  }

  #note(what: string, urn: string): void {
    this.#parts.notes.push(`${what} ${urn.slice(urn.lastIndexOf("::") + 2)}`);
  }
}

/** The inputs with those that are ignored as they were, absent where they were absent; "*" stands for all of them. */
function keeping(news: Properties, olds: Properties, ignored: readonly string[]): Properties {
  if (ignored.includes("*")) return { ...olds };
  const kept = { ...news };
  for (const name of ignored) {
    const value = olds[name];
    if (value === undefined) delete kept[name];
    else kept[name] = value;
  }
  return kept;
}
