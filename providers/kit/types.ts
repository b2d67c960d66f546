/**
 * What a provider made with the kit consists of. Values are plain JavaScript: strings, numbers, booleans,
 * null, arrays, plain objects, `Unknown` for what only the server can know, and `Secret` around what must
 * not be shown. The kit alone knows the wire (pulumirpc).
 */

/** Stands in a preview for a value that is not known before the operation has run. */
export class Unknown {
  static readonly value = new Unknown();
  private constructor() {}
}

/** A value that the engine must encrypt in the state and hide in every output. */
export class Secret {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}

/** An asset or archive as the engine hands it over: its hash, and its path or text where known. */
export class Asset {
  readonly kind: "asset" | "archive";
  readonly hash: string;
  readonly path: string | undefined;
  readonly text: string | undefined;
  constructor(kind: "asset" | "archive", hash: string, path?: string, text?: string) {
    this.kind = kind;
    this.hash = hash;
    this.path = path;
    this.text = text;
  }
}

/** Anything that may stand in a resource's properties. */
export type Value =
  | string
  | number
  | boolean
  | null
  | Unknown
  | Secret
  | Asset
  | Value[]
  | { [key: string]: Value };

/** A resource's properties by name. Never holds `undefined`. */
export type Properties = { [key: string]: Value };

/** A reason why an input is not acceptable; shown at preview with the property's name. */
export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

/** The checked inputs with their defaults filled in, or the reasons against them. */
export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: readonly CheckFailure[];
}

/** How a property differs. */
export type DifferenceKind =
  | "add"
  | "delete"
  | "update"
  | "add-replace"
  | "delete-replace"
  | "update-replace";

/** What an update would change. */
export interface DiffResult {
  /** By property path in Pulumi's notation, for example `networks[0].networkId`. Empty: no change. */
  readonly differences: Readonly<Record<string, DifferenceKind>>;
  /** The old object must go before the new one can come. @default false */
  readonly deleteBeforeReplace?: boolean;
}

/** What a call knows about its surroundings. */
export interface Context<Client> {
  /** What `configure` returned. */
  readonly client: Client;
  /** The resource's URN; "" for functions. */
  readonly urn: string;
  /** True when nothing may be changed: `create` and `update` answer what they would know. */
  readonly preview: boolean;
  /** Aborted when the engine cancels the operation. */
  readonly signal: AbortSignal;
  /** Shows a line beside the resource while the operation runs. Never pass a secret. */
  log(severity: "debug" | "info" | "warning" | "error", message: string): void;
}

/** The object was made or changed only in part: the engine keeps `properties` and the next run goes on. */
export class PartialFailure extends Error {
  readonly id: string;
  readonly properties: Properties;
  constructor(id: string, properties: Properties, message: string, options?: ErrorOptions) {
    super(message, options);
    this.id = id;
    this.properties = properties;
  }
}

/** One type of resource. `olds` are the last outputs, `news` the checked inputs; secrets arrive unwrapped. */
export interface ResourceType<Client> {
  /** Outputs (and inputs of the same name) that are secret whatever the program says. @default - none */
  readonly secretProperties?: readonly string[];
  /** Outputs that become secret as soon as any input is, because they may repeat it. @default - none */
  readonly secretWithInputs?: readonly string[];
  check(context: Context<Client>, news: Properties, olds: Properties): CheckResult | Promise<CheckResult>;
  diff(
    context: Context<Client>,
    id: string,
    olds: Properties,
    news: Properties,
    oldInputs: Properties,
  ): DiffResult | Promise<DiffResult>;
  /** In preview the id is "" and what is not known yet is `Unknown.value`. */
  create(
    context: Context<Client>,
    inputs: Properties,
  ): Promise<{ readonly id: string; readonly outputs: Properties }>;
  /** Undefined when the object is gone. `olds` is empty at an import. */
  read(
    context: Context<Client>,
    id: string,
    olds: Properties,
    oldInputs: Properties,
  ): Promise<{ readonly outputs: Properties; readonly inputs: Properties } | undefined>;
  /** @default - every change replaces */
  update?(context: Context<Client>, id: string, olds: Properties, news: Properties): Promise<Properties>;
  delete(context: Context<Client>, id: string, olds: Properties): Promise<void>;
}

/** One function. */
export type ProviderFunction<Client> = (context: Context<Client>, args: Properties) => Promise<Properties>;

/** A whole provider; `Client` is what its resources work with, made once from its configuration. */
export interface Provider<Client> {
  readonly name: string;
  readonly version: string;
  /** Checks the provider's own arguments and fills defaults, also from the environment. */
  checkConfig(args: Properties): CheckResult;
  /** Arguments whose change moves the provider to other objects, so that everything is replaced. @default - none */
  readonly replacingArguments?: readonly string[];
  /** Makes the client; called once in a process, lazily, so that `check` works while the server is away. */
  configure(args: Properties): Client;
  /** By type token, for example `xenops:index:SshHostKey`. */
  readonly resources: Readonly<Record<string, ResourceType<Client>>>;
  /** By token. */
  readonly functions: Readonly<Record<string, ProviderFunction<Client>>>;
}
