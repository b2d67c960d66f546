import { z } from "zod";
import { allrisnetShape } from "./schema.ts";

/** What says how a release comes to the site, and is no parameter of the application. */
const aboutReleases = ["release", "ring", "emergency"];

/** Every key that a system parameter can have, with a value or without, "citizens.oparl.license"; sorted. */
export function parameterKeys(): readonly string[] {
  const keys = Object.entries(allrisnetShape)
    .filter(([name]) => !aboutReleases.includes(name))
    .flatMap(([name, schema]) => below(name, schema));
  return [...new Set(keys)].sort();
}

function below(key: string, schema: z.core.$ZodType): readonly string[] {
  const bare = unwrap(schema);
  if (bare instanceof z.ZodUnion) return [...bare.options].flatMap((option) => below(key, option));
  // A secret is one value, however many fields say where it is found.
  if (!(bare instanceof z.ZodObject) || "from" in bare.shape) return [key];
  return Object.entries(bare.shape).flatMap(([name, field]) =>
    below(`${key}.${name}`, field as z.core.$ZodType),
  );
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const wrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault;
  return wrapped ? unwrap(schema.unwrap()) : schema;
}
