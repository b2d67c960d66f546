import { z } from "zod";
import { allrisnetShape } from "./allrisnet/schema.ts";
import { knownKeys, readFields, schemasAt } from "./fields.ts";
import type { Plain } from "./plain.ts";
import type { FieldPath } from "./problems.ts";
import { didYouMean } from "./suggest.ts";
import { tenantShape } from "./tenant-schema.ts";
import { bad, good, type Parsed } from "./value.ts";

const tenantSchema = z.strictObject(tenantShape);

/** The names of the fields that a place of a tenant file may have, in the order in which they are written. */
export function tenantFieldsAt(path: FieldPath): readonly string[] {
  return Object.keys(knownKeys(tenantSchema, path));
}

/**
 * The place that a person names: "contact.phone", "aliases.0"; parameters of ALLRIS net by their key,
 * "citizens.modules.minutes".
 */
export function parseField(text: string): Parsed<FieldPath> {
  const steps = text.split(".").map((step) => (/^\d{1,3}$/.test(step) ? Number(step) : step));
  const [first = ""] = steps;
  const isParameter = !Object.hasOwn(tenantShape, first) && Object.hasOwn(allrisnetShape, first);
  const path = isParameter ? ["allrisnet", ...steps] : steps;
  for (const [at, step] of path.entries()) {
    const above = path.slice(0, at);
    if (schemasAt(tenantSchema, [...above, step]).length > 0) continue;
    const known =
      at === 0 ? [...Object.keys(tenantShape), ...Object.keys(allrisnetShape)] : tenantFieldsAt(above);
    const place = above.length === 0 ? "a tenant file has" : `"${above.join(".")}" has`;
    const hint = didYouMean(String(step), known) ?? (known.length === 0 ? undefined : known.join(", "));
    return bad(`is no field: ${place} no "${String(step).slice(0, 60)}"`, hint);
  }
  return good(path);
}

/** How a place is written in notes and messages: parameters of ALLRIS net by their key. */
export function fieldName(path: FieldPath): string {
  return (path[0] === "allrisnet" && path.length > 1 ? path.slice(1) : path).join(".");
}

/** The words that a place takes, in the order of the schema; none when it takes more than words. */
export function choicesAt(path: FieldPath): readonly string[] {
  const schemas = schemasAt(tenantSchema, path);
  const words = schemas.flatMap((schema) => {
    if (schema instanceof z.ZodEnum) return schema.options.map(String);
    return schema instanceof z.ZodLiteral ? [...schema.values].map(String) : [undefined];
  });
  return words.includes(undefined) ? [] : [...new Set(words)].filter((word) => word !== undefined);
}

/**
 * What a text on the command line stands for at a place: JSON where the field takes it, else the text itself, else the
 * entries of a list with commas between them.
 */
export function parseFieldText(path: FieldPath, text: string): Parsed<Plain> {
  const schemas = wholeSchemasAt(path);
  const readings = [...tryJson(text), text, text.split(",").map((entry) => entry.trim())];
  for (const reading of readings) {
    if (schemas.some((schema) => z.safeParse(schema, reading).success)) return good(reading);
  }
  const [schema] = schemas;
  const problems = readings.flatMap((value) =>
    schema === undefined ? [] : readFields({ value: schema as z.ZodType }, { value }).problems,
  );
  // A reading of the right type says more than one that is none: 99 is too large, "99" is only a text.
  const problem = problems.find(({ why }) => !/, not \S+( \S+)?$/.test(why)) ?? problems[0];
  if (problem === undefined) return bad("is no field of a tenant file");
  const inner = problem.path.slice(1).join(".");
  return bad(inner === "" ? problem.why : `${inner} ${problem.why}`, problem.hint);
}

/** The schemas of a place with the rules on their texts, one for each alternative that has the field. */
function wholeSchemasAt(path: FieldPath): readonly z.core.$ZodType[] {
  const step = path.at(-1);
  const owners = step === undefined ? [] : schemasAt(tenantSchema, path.slice(0, -1));
  const within = (owner: z.core.$ZodType): readonly z.core.$ZodType[] => {
    if (owner instanceof z.ZodUnion) return [...owner.options].flatMap(within);
    if (owner instanceof z.ZodArray) return [owner.element];
    const field: z.core.$ZodType | undefined =
      owner instanceof z.ZodObject ? owner.shape[String(step)] : undefined;
    return field === undefined ? [] : [field];
  };
  return owners.flatMap(within);
}

function tryJson(text: string): readonly Plain[] {
  try {
    return [JSON.parse(text) as Plain];
  } catch {
    return [];
  }
}
