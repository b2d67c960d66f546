import { z } from "zod";
import { isPlainObject, type Plain, type PlainObject } from "./plain.ts";
import { type FieldPath, quote } from "./problems.ts";
import { didYouMean } from "./suggest.ts";

/** The schemas of an object's fields by name. */
export type Shape = Readonly<Record<string, z.ZodType>>;

/** A schema for each field of an interface, so that neither can have a field that the other lacks. */
export type For<Input> = { readonly [K in keyof Required<Input>]: z.ZodType };

/** A field that does not fit, before it is known in which file. */
export interface FieldProblem {
  readonly path: FieldPath;
  readonly why: string;
  readonly hint?: string;
}

/** What could be read of an object: the fields that fit and a problem for each that does not. */
export interface ReadFields<S extends Shape> {
  readonly fields: { readonly [K in keyof S]?: Exclude<z.output<S[K]>, undefined> };
  readonly problems: readonly FieldProblem[];
}

/**
 * Reads each field of an object for itself, so that the rules between fields (and between files) can be
 * checked on all that is readable even when some of it is not.
 */
export function readFields<S extends Shape>(shape: S, value: Plain): ReadFields<S> {
  if (!isPlainObject(value)) {
    return { fields: {}, problems: [{ path: [], why: `must be an object, not ${kindOf(value)}` }] };
  }
  const fields: Record<string, unknown> = Object.create(null);
  const problems: FieldProblem[] = [];
  for (const [key, schema] of Object.entries(shape)) {
    const read = schema.safeParse(value[key], { reportInput: true });
    if (!read.success) problems.push(...read.error.issues.flatMap((issue) => explain(issue, schema, [key])));
    else if (read.data !== undefined) fields[key] = read.data;
  }
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(shape, key));
  problems.push(...unknownKeys(unknown, shape, []));
  return { fields: fields as ReadFields<S>["fields"], problems };
}

/** What `schema` says about one issue, in our own words; a union speaks for the alternative that was meant. */
function explain(issue: z.core.$ZodIssue, schema: z.core.$ZodType, base: FieldPath): FieldProblem[] {
  const inner = issue.path.filter((step) => typeof step !== "symbol");
  const path = [...base, ...inner];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.flatMap((key) => unknownKeys([key], knownKeys(schema, inner), path));
    case "invalid_type":
      if (issue.input === undefined) return [{ path, why: "is missing" }];
      return [
        { path, why: `must be ${nouns[issue.expected] ?? issue.expected}, not ${kindOf(issue.input)}` },
      ];
    case "invalid_value":
      return [wrongChoice(path, issue.values, issue.input)];
    case "invalid_union":
      return explainUnion(issue, schema, base, path, inner);
    case "invalid_key":
      return issue.issues.map((nested) => ({ path, why: `${nested.message} (as a key)`, ...hintOf(nested) }));
    case "too_small":
      return [{ path, why: limit(issue.origin, "at least", issue.minimum) }];
    case "too_big":
      return [{ path, why: limit(issue.origin, "at most", issue.maximum) }];
    default:
      return [{ path, why: issue.message, ...hintOf(issue) }];
  }
}

function explainUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  schema: z.core.$ZodType,
  base: FieldPath,
  path: FieldPath,
  inner: readonly (string | number)[],
): FieldProblem[] {
  const options = schemasAt(schema, inner).flatMap(optionsOf);
  if (issue.errors.length === 0) {
    const chosen = issue.input as PlainObject | undefined;
    const choices = "options" in issue && Array.isArray(issue.options) ? issue.options : [];
    const key = issue.discriminator;
    return [wrongChoice(path, choices, key === undefined ? chosen : chosen?.[key])];
  }
  // An alternative that fails only further inside is of the right kind: its reasons are the useful ones.
  const near = issue.errors.findIndex((errors) =>
    errors.every((error) => error.path.length > 0 || !["invalid_type", "invalid_value"].includes(error.code)),
  );
  const errors = issue.errors[near];
  const option = options[near];
  if (errors !== undefined && option !== undefined) {
    return errors.flatMap((error) => explain(error, option, [...base, ...inner]));
  }
  const values = issue.errors.flat().flatMap((error) => (error.code === "invalid_value" ? error.values : []));
  const isText = typeof issue.input === "string";
  if (isText && values.length > 0) return [wrongChoice(path, values, issue.input)];
  if (issue.input === undefined) return [{ path, why: "is missing" }];
  const kinds = issue.errors
    .flat()
    .map((error) =>
      error.code === "invalid_type" ? (nouns[error.expected] ?? error.expected) : oneOf(error),
    );
  return [{ path, why: `must be ${[...new Set(kinds)].join(" or ")}, not ${kindOf(issue.input)}` }];
}

function oneOf(issue: z.core.$ZodIssue): string {
  return issue.code === "invalid_value" ? issue.values.map(quote).join(", ") : issue.message;
}

function wrongChoice(path: FieldPath, values: readonly unknown[], written: unknown): FieldProblem {
  const known = values.map(String);
  const hint = typeof written === "string" ? didYouMean(written, known) : undefined;
  const must = values.length === 1 ? "must be" : "must be one of";
  if (written === undefined) return { path, why: `is missing; it ${must} ${values.map(quote).join(", ")}` };
  return { path, why: `${must} ${values.map(quote).join(", ")}`, ...(hint === undefined ? {} : { hint }) };
}

function unknownKeys(keys: readonly string[], known: Shape, base: FieldPath): FieldProblem[] {
  return keys.map((key) => {
    const path = [...base, key];
    if (Object.hasOwn(known, key)) return { path, why: "does not go with the other fields beside it" };
    const hint = didYouMean(key, Object.keys(known));
    return { path, why: "is not known here", ...(hint === undefined ? {} : { hint }) };
  });
}

function limit(origin: string, words: string, bound: number | bigint): string {
  if (origin === "array") return `must have ${words} ${bound} ${Number(bound) === 1 ? "entry" : "entries"}`;
  if (origin === "string") return `must have ${words} ${bound} characters`;
  return `must be ${words} ${bound}`;
}

function hintOf(issue: object): { hint?: string } {
  const params = (issue as { readonly params?: { readonly hint?: unknown } }).params;
  return typeof params?.hint === "string" ? { hint: params.hint } : {};
}

const nouns: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return nouns[typeof value] ?? typeof value;
}

/** The keys that are known at a place, of all alternatives there. */
export function knownKeys(schema: z.core.$ZodType, path: readonly (string | number)[]): Shape {
  const objects = schemasAt(schema, path).flatMap(optionsOf);
  return Object.assign({}, ...objects.map((option) => (option instanceof z.ZodObject ? option.shape : {})));
}

/** The schemas that are responsible for what lies at `path` below `schema`; wrappers are taken off. */
export function schemasAt(schema: z.core.$ZodType, path: readonly (string | number)[]): z.core.$ZodType[] {
  const [step, ...rest] = path;
  const bare = unwrap(schema);
  if (step === undefined) return [bare];
  if (bare instanceof z.ZodUnion) return optionsOf(bare).flatMap((option) => schemasAt(option, path));
  if (bare instanceof z.ZodObject) {
    const field: z.core.$ZodType | undefined = bare.shape[step];
    return field === undefined ? [] : schemasAt(field, rest);
  }
  if (bare instanceof z.ZodArray) return schemasAt(bare.element, rest);
  return bare instanceof z.ZodRecord ? schemasAt(bare.valueType, rest) : [];
}

function optionsOf(schema: z.core.$ZodType): z.core.$ZodType[] {
  const bare = unwrap(schema);
  return bare instanceof z.ZodUnion ? [...bare.options].flatMap(optionsOf) : [bare];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  const wrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault;
  return wrapped ? unwrap(schema.unwrap()) : schema;
}
