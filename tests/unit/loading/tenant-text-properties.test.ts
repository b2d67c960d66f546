import fc from "fast-check";
import { expect, test } from "vitest";
import { formatSource } from "../../../loading/formatter.ts";
import {
  editTenantText,
  newTenantText,
  readTenantText,
  type TenantEdit,
} from "../../../loading/tenant-text.ts";
import { tenantFieldsAt } from "../../../model/tenant-fields.ts";
import type { TenantInput } from "../../../model/tenant-input.ts";
import { fullTenant, placesOf } from "../../support/awkward-values.ts";

const file = "tenants/x.ts";

/** Texts that are awkward to write: quotes, escapes, umlauts, line ends, and lines that are too long. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }).filter((string) => string.isWellFormed()),
  fc.constantFrom(
    '"',
    "'",
    `both ' and "`,
    "\\",
    "a\nb",
    `\${x}`,
    "// no comment",
    "/* none */",
    "\u2028",
    "ü".repeat(120),
  ),
);
const leaf = fc.oneof(
  text,
  fc.integer({ min: -5, max: 5 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
);
/** Anything that a tenant file can hold, with keys that are no identifiers among them. */
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  plain: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie("plain"), { maxLength: 4 }), tie("object")),
  object: fc.dictionary(
    fc.constantFrom("id", "name", "release", "x-y", "1", "with space", "deliver"),
    tie("plain"),
    { maxKeys: 4, noNullPrototype: true },
  ),
})).plain;

const places = placesOf(fullTenant).filter((path) => path.length > 0);
/** A change at a place that a full file has, also of things below it that are not there. */
const edits: fc.Arbitrary<TenantEdit> = fc.record({
  path: fc.oneof(
    fc.constantFrom(...places),
    fc.constantFrom(["changes", 0], ["contract", "endsOn"], ["backup", "retention", "weekly"], ["locale"]),
  ),
  value: fc.option(value, { nil: undefined, freq: 5 }),
});

/** The same change on the value itself; undefined where the place cannot be reached. */
function changed(input: unknown, [step, ...rest]: readonly (string | number)[], to: unknown): unknown {
  const copy: Record<string, unknown> | unknown[] = Array.isArray(input)
    ? [...input]
    : { ...(input as object) };
  const key = String(step);
  if (rest.length > 0) {
    const inner =
      Reflect.get(copy, key) ?? (to === undefined ? undefined : typeof rest[0] === "number" ? [] : {});
    if (inner !== undefined) Reflect.set(copy, key, changed(inner, rest, to));
  } else if (to !== undefined) Reflect.set(copy, key, to);
  else if (Array.isArray(copy)) copy.splice(Number(key), 1);
  else Reflect.deleteProperty(copy, key);
  return copy;
}

/** The file of the full example with a comment at every line that can have one. */
function commented(): { readonly text: string; readonly comments: readonly string[] } {
  const comments: string[] = [];
  const lines = newTenantText(fullTenant as unknown as TenantInput).split("\n");
  const written = lines.map((line, at) => {
    if (!/[,{[]$/.test(line) || at < 3) return line;
    const comment = `// remark ${at}.`;
    comments.push(comment);
    return at % 2 === 0 ? `${line} ${comment}` : `${/^ */.exec(line)?.[0]}${comment}\n${line}`;
  });
  return { text: formatSource(written.join("\n"), file), comments };
}

test("edits of any kind read back as the wanted value, keep every comment, and leave nothing to the formatter", () => {
  const start = commented();
  expect(start.comments.length).toBeGreaterThan(60);
  fc.assert(
    fc.property(fc.array(edits, { minLength: 1, maxLength: 4 }), (list) => {
      let wanted: unknown = readTenantText(start.text, file);
      const done: TenantEdit[] = [];
      for (const edit of list) {
        const reaches = edit.path.every((_, at) => {
          const owner = edit.path.slice(0, at).reduce<unknown>((object, key) => {
            return typeof object === "object" && object !== null ? Reflect.get(object, key) : undefined;
          }, wanted);
          const step = edit.path[at] ?? "";
          if (Array.isArray(owner)) return /^\d+$/.test(String(step)) && Number(step) <= owner.length;
          return owner === undefined || (typeof owner === "object" && owner !== null);
        });
        if (!reaches) continue;
        wanted = changed(wanted, edit.path, edit.value);
        done.push(edit);
      }
      const text = editTenantText(start.text, done, file);
      expect(readTenantText(text, file)).toEqual(JSON.parse(JSON.stringify(wanted)));
      expect(formatSource(text, file)).toBe(text);
      for (const comment of start.comments) expect(text).toContain(comment);
    }),
    { seed: 20261126, numRuns: 40 },
  );
});

test("a new file of any values is read back as they are, in the order of the reference, as the formatter writes it", () => {
  fc.assert(
    fc.property(fc.array(edits, { maxLength: 6 }), (list) => {
      const input = list.reduce<unknown>(
        (object, { path, value }) => (path.length === 1 ? changed(object, path, value) : object),
        fullTenant,
      ) as TenantInput;
      const text = newTenantText({ ...input, id: "x-y" });
      expect(readTenantText(text, file)).toEqual(JSON.parse(JSON.stringify({ ...input, id: "x-y" })));
      expect(formatSource(text, file)).toBe(text);
      const order = Object.keys(readTenantText(text, file) as object);
      const known = tenantFieldsAt([]);
      expect(order).toEqual(order.toSorted((a, b) => known.indexOf(a) - known.indexOf(b)));
    }),
    { seed: 20261127, numRuns: 20 },
  );
});
