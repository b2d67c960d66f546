import type { PolicyResource, ResourceValidationArgs } from "@pulumi/policy";
import { type Fields, notKnown, type PlannedResource, sealed, type Value } from "./planned-resource.ts";
import { isRollOut } from "./rolled-out.ts";

/** Names of values that are secrets wherever they stand; the engine hands them to packs in clear. */
const secretName =
  /password|passphrase|privatekey|private_?key|secret|token|encryptionkey|^stdin$|^environment$/i;

/** A resource as the engine is about to make or change it. */
export function readResource(args: ResourceValidationArgs): PlannedResource {
  const { urn, type, name, opts, provider, props } = args;
  return new ReadResource(
    {
      urn,
      type,
      name,
      protect: opts.protect,
      parent: opts.parent,
      insecureProvider: isInsecure(provider?.props),
    },
    {},
    props,
  );
}

/** A resource as it is planned or made, with what its inputs come from. */
export function readStackResource(resource: PolicyResource): PlannedResource {
  const { urn, type, name, opts, parent, provider, props } = resource;
  const sources = Object.entries(resource.propertyDependencies).map(([input, all]) => [
    input,
    all.map((each) => each.urn),
  ]);
  return new ReadResource(
    {
      urn,
      type,
      name,
      protect: opts.protect,
      parent: parent?.urn,
      insecureProvider: isInsecure(provider?.props),
    },
    Object.fromEntries(sources),
    props,
  );
}

type Facts = Required<Omit<PlannedResource, "inputs" | "sources" | "parent">> &
  Pick<PlannedResource, "parent">;

/** Reads the inputs when a rule first asks for them: of all resources of a stack most rules want a few. */
class ReadResource implements PlannedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly protect: boolean;
  readonly parent: string | undefined;
  readonly insecureProvider: boolean;
  readonly sources: PlannedResource["sources"];
  readonly #props: object;
  #inputs: Fields | undefined;

  constructor(
    { urn, type, name, protect, parent, insecureProvider }: Facts,
    sources: PlannedResource["sources"],
    props: object,
  ) {
    this.urn = urn;
    this.type = type;
    this.name = name;
    this.protect = protect;
    this.parent = parent;
    this.insecureProvider = insecureProvider;
    this.sources = sources;
    this.#props = props;
  }

  get inputs(): Fields {
    this.#inputs ??= withoutTraces(() => readInputs(this.type, this.#props));
    return this.#inputs;
  }
}

/** The SDK throws for each value that is not known, and nobody looks at the stack of such an error. */
function withoutTraces<T>(work: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** The values of a resource without its secrets. */
function readInputs(type: string, props: object): Fields {
  const inputs = readFields(props);
  const stdin = get(props, "stdin");
  // What a roll-out brings is the site's values, and secrets only by their names.
  return isRollOut({ type, inputs }) ? { ...inputs, stdin } : inputs;
}

/** Provider's arguments travel as text. */
function isInsecure(props: object | undefined): boolean {
  const insecure = props === undefined ? false : get(props, "insecure");
  return insecure === true || insecure === "true";
}

function readFields(props: object): Fields {
  return Object.fromEntries(
    Object.keys(props).map((name) => {
      const value = get(props, name);
      const secret = secretName.test(name) && value !== undefined && value !== null && value !== "";
      return [name, secret ? sealedValue(value) : value];
    }),
  );
}

/** Of an object its names are shown, so that a rule can say that there are some. */
function sealedValue(value: Value): Value {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return sealed;
  return Object.fromEntries(Object.keys(value).map((name) => [name, sealed]));
}

/** The SDK throws at the look at a value that is not known yet. */
function get(holder: object, name: string | number): Value {
  try {
    return read(Reflect.get(holder, name));
  } catch {
    return notKnown;
  }
}

function read(value: unknown): Value {
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, at) => get(value, at));
  if (typeof value === "object" && value !== null) {
    // Assets and archives are no values to judge, and their parts are still to come.
    return Object.getPrototypeOf(value) === Object.prototype ? readFields(value) : notKnown;
  }
  return typeof value === "function" || typeof value === "symbol" || typeof value === "bigint"
    ? undefined
    : (value as Value);
}
