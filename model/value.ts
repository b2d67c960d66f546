import { z } from "zod";

/** What became of a text: the value that it stands for, or the reason why it stands for none. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string; readonly hint?: string };

/** A text that has been parsed once; the brand is the proof that the type system carries on. */
export type Branded<Name extends string> = string & { readonly __brand: Name };

/** The value that a text stands for. */
export function good<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** The reason why a text is refused, as the end of a sentence that begins with the field ("must be …"). */
export function bad(why: string, hint?: string): { ok: false; why: string; hint?: string } {
  return hint === undefined ? { ok: false, why } : { ok: false, why, hint };
}

/** A zod schema around a parse function, so that the reason and the hint arrive in the report as they are. */
export function textSchema<T>(parse: (text: string) => Parsed<T>) {
  return z.string().transform((text, context): T => {
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    const hint = parsed.hint === undefined ? {} : { params: { hint: parsed.hint } };
    context.issues.push({ code: "custom", message: parsed.why, input: text, ...hint });
    return z.NEVER;
  });
}
