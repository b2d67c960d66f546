import { cloudflare } from "../../../lab/standins/cloudflare/provider.ts";
import { command } from "../../../lab/standins/command/provider.ts";
import { tls } from "../../../lab/standins/tls/provider.ts";
import { xenorchestra } from "../../../lab/standins/xenorchestra/provider.ts";
import type { Context, Properties, Provider, ResourceType } from "../../../providers/kit/types.ts";
import { xenops } from "../../../providers/xenops/provider.ts";

/** A provider whose client is made, as an object of this process. */
interface Made {
  readonly provider: Provider<unknown>;
  readonly client: unknown;
}

/** All providers of the farm in this process, configured from its environment: no plug-in, no wire. */
export class PlainProviders {
  readonly #made: ReadonlyMap<string, Made>;

  constructor() {
    const all = [xenops, xenorchestra(), cloudflare(), tls, command] as unknown as Provider<unknown>[];
    this.#made = new Map(
      all.map((provider) => [provider.name, { provider, client: provider.configure({}) }]),
    );
  }

  resource(type: string): ResourceType<unknown> {
    const found = this.#of(type).provider.resources[type];
    if (found === undefined) throw new Error(`no provider knows the resource ${type}`);
    return found;
  }

  call(token: string, args: Properties): Promise<Properties> {
    const work = this.#of(token).provider.functions[token];
    if (work === undefined) throw new Error(`no provider knows the function ${token}`);
    return work(this.context(token, ""), args);
  }

  /** What an operation on a resource of this type works with. */
  context(token: string, urn: string): Context<unknown> {
    const { client } = this.#of(token);
    return { client, urn, preview: false, signal: new AbortController().signal, log: () => {} };
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    for (const { client } of this.#made.values()) {
      const close = typeof client === "object" && client !== null ? Reflect.get(client, "close") : undefined;
      if (typeof close === "function") await close.call(client);
    }
  }

  #of(token: string): Made {
    const name = token.slice(0, token.indexOf(":"));
    const made = this.#made.get(name);
    if (made === undefined) throw new Error(`there is no provider ${name}`);
    return made;
  }
}
