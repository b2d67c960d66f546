import fc from "fast-check";
import { tenant } from "../unit/model/fixtures.ts";
import { fullAllrisnet } from "./full-allrisnet.ts";

/** Values that nobody should write into a tenant file, and that JavaScript allows all the same. */
export const awkward: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withNullPrototype: true,
  }),
  fc.constantFrom<unknown>(
    Symbol("x"),
    () => 1,
    class {},
    /x/g,
    new Error("x"),
    Promise.resolve(),
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("trap");
        },
      },
    ),
    Proxy.revocable({}, {}).proxy,
    Object.defineProperty({}, "id", {
      enumerable: true,
      get: () => {
        throw new Error("getter");
      },
    }),
    JSON.parse('{"__proto__": {"x": 1}, "constructor": 1}'),
    "x".repeat(1_000_000),
    "\ud800",
    new Array(1_000_000),
    { [Symbol("y")]: 1 },
    { toString: null, valueOf: 1 },
    Number.NaN,
    -0,
    2 ** 60,
    { env: "PATH" },
    { env: "__proto__" },
    "http://[::1",
    "xn--a",
    "😀".repeat(100),
  ),
);

/** Every place in a value, by its path. */
export function placesOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, field]) => placesOf(field, [...path, key]))];
}

/** Calls `change` with the owner and the key of the place, if the path still leads there. */
export function put(
  root: object,
  path: readonly string[],
  change: (owner: object, key: string) => void,
): void {
  const owner = path
    .slice(0, -1)
    .reduce<unknown>((object, key) => (isObject(object) ? Reflect.get(object, key) : object), root);
  if (isObject(owner)) change(owner, path.at(-1) ?? "");
}

/** Whether it can have fields. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** One change of a value. */
export interface Mutation {
  readonly path: readonly string[];
  readonly kind: string;
  readonly value: unknown;
}

/** A change at one place: another value there, the field gone, or one letter of its name wrong. */
export const mutation = (example: object): fc.Arbitrary<Mutation> =>
  fc.record({
    path: fc.constantFrom(...placesOf(example).filter((path) => path.length > 0)),
    kind: fc.constantFrom("replace", "remove", "rename"),
    value: awkward,
  });

/** Does it, in place. */
export function mutate(root: object, { path, kind, value }: Mutation): void {
  put(root, path, (owner, key) => {
    if (kind === "replace") Reflect.set(owner, key, value);
    if (kind !== "replace" && !Array.isArray(owner)) Reflect.deleteProperty(owner, key);
    if (kind === "rename" && !Array.isArray(owner)) Reflect.set(owner, `${key}x`, value);
  });
}

/** A tenant with every field that there is. */
export const fullTenant: ReturnType<typeof tenant> = tenant({
  ags: "13072001",
  aliases: ["rats.other.de"],
  bodies: [
    { id: "abc", name: "Abc" },
    { id: "bcd", name: "Bcd", ags: "13072002" },
  ],
  size: { cpus: 2, memory: "2 GiB", disk: "20 GiB" },
  certificate: { issuer: "customer", delivery: "hohenbrueck", caa: ["d-trust.net"] },
  lifecycle: {
    state: "terminating",
    since: "2027-01-01",
    deleteAfter: "2027-02-01",
    orderedBy: "Frau Sommer",
  },
  allrisnet: fullAllrisnet,
});
