import fc from "fast-check";
import type { Change } from "../../lab/journal.ts";

const key = fc.constantFrom("a", "b", "c", "Größe", "line\nbreak");
const value = fc.oneof(
  fc.constant(null),
  fc.record({ text: fc.string({ unit: "binary" }), number: fc.integer() }, { noNullPrototype: true }),
);
const change = fc.tuple(fc.constantFrom("objects", "users"), key, value) as fc.Arbitrary<Change>;
/** What a journal may have to keep: records of changes, in their order. */
export const history: fc.Arbitrary<Change[][]> = fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 12,
});

/** What a history leaves behind. */
export function replay(records: readonly (readonly Change[])[]): Record<string, Record<string, unknown>> {
  const image: Record<string, Record<string, unknown>> = {};
  for (const [table, name, entry] of records.flat()) {
    image[table] ??= {};
    if (entry === null) delete image[table][name];
    else image[table][name] = entry;
  }
  return image;
}
