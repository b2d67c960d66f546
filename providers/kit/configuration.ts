import { FarmError } from "../../lib/farm-error.ts";
import { equalValues } from "./compare.ts";
import { unwrapProperties } from "./secrets.ts";
import {
  type CheckResult,
  type DifferenceKind,
  type DiffResult,
  type Properties,
  type Provider,
  Unknown,
} from "./types.ts";

/** What the engine itself keeps beside a provider's arguments. */
const engineKeys: ReadonlySet<string> = new Set(["version", "pluginDownloadURL", "__internal"]);

function argumentsOf(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(unwrapProperties(properties)).filter(([key]) => !engineKeys.has(key)),
  );
}

/** A provider's own arguments: checks them, compares them, makes the client of them. */
export class Configuration<Client> {
  private readonly provider: Provider<Client>;
  private given: Properties | undefined;
  private made: { readonly client: Client } | undefined;

  constructor(provider: Provider<Client>) {
    this.provider = provider;
  }

  check(news: Properties): CheckResult {
    const kept = Object.entries(news).filter(([key]) => engineKeys.has(key));
    const { inputs, failures } = this.provider.checkConfig(argumentsOf(news));
    return { inputs: { ...inputs, ...Object.fromEntries(kept) }, failures };
  }

  diff(olds: Properties, news: Properties): DiffResult {
    const [before, after] = [argumentsOf(olds), argumentsOf(news)];
    const differences: Record<string, DifferenceKind> = {};
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const [old, next] = [before[name] ?? null, after[name] ?? null];
      if (equalValues(old, next)) continue;
      const kind = old === null ? "add" : next === null ? "delete" : "update";
      // What is not known yet is most often what it was: a preview must not announce that everything goes.
      const replaces = this.provider.replacingArguments?.includes(name) && !(next instanceof Unknown);
      differences[name] = replaces ? `${kind}-replace` : kind;
    }
    return { differences };
  }

  /** Takes the arguments; the client is made of them when the first operation needs it. */
  configure(args: Properties): void {
    this.given = argumentsOf(args);
    this.made = undefined;
  }

  /** @throws FarmError before `configure`, and what the provider's own `configure` throws */
  get client(): Client {
    if (this.given === undefined) {
      throw new FarmError({
        what: `the provider ${this.provider.name} was asked to work before it was configured`,
        next: "update the engine: it must send Configure first",
      });
    }
    this.made ??= { client: this.provider.configure(this.given) };
    return this.made.client;
  }
}
