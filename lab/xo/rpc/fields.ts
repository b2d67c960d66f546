import { z } from "zod";
import type { Json } from "../../json.ts";

/** A string that must say something, as xo-server's `string` is. */
export const text = z.string().min(1);

/** A string that may be empty. */
export const anyText = z.string();

export const flag = z.boolean();

export const integer = z.number().int();

/** Bytes, at least one. */
export const bytes = z.number().int().positive();

/** A number, or a string of digits. */
export const looseInteger = z.union([integer, z.string().regex(/^\d+$/).transform(Number)]);

/** Six pairs of hexadecimal digits with colons or dashes; lower case with colons afterwards. */
export const mac = z
  .string()
  .regex(/^[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}$/)
  .transform((value) => value.toLowerCase().replaceAll("-", ":"));

/** Any JSON value. */
export const json: z.ZodType<Json> = z.json() as z.ZodType<Json>;

/** Clients send this where a method has no parameters. */
export const dummy = { dummy: anyText.optional() };
