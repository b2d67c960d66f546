import fc from "fast-check";
import { Asset, type Properties, Secret, Unknown, type Value } from "../../providers/kit/types.ts";

const values: fc.Memo<Value> = fc.memo((depth) => {
  const leaf = fc.oneof(
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc.constant(Unknown.value),
    fc.string({ minLength: 1 }).map((path) => new Asset("asset", "hash", path)),
  ) as fc.Arbitrary<Value>;
  if (depth <= 1) return leaf;
  const inner = values(depth - 1);
  const object = fc.dictionary(fc.string(), inner, { noNullPrototype: true });
  return fc.oneof(
    leaf,
    fc.array(inner, { maxLength: 3 }),
    object,
    inner.map((value) => new Secret(value)),
  );
});
/** Properties of every kind of value, four levels deep. */
export const properties: fc.Arbitrary<Properties> = fc.dictionary(fc.string(), values(4), {
  noNullPrototype: true,
  maxKeys: 4,
});
