import type { FieldProblem } from "../fields.ts";
import { isPlainObject, type Plain } from "../plain.ts";
import type { FieldPath } from "../problems.ts";
import { generation3 } from "./schema.ts";

/** Where a tenant file names a secret. */
const secrets: readonly FieldPath[] = ["bindPassword", "key", "clientSecret"].map((name) => [
  "allrisnet",
  "politicians",
  "auth",
  "method",
  name,
]);

/** Where people write a generation. */
const generations: readonly FieldPath[] = [
  ["generation"],
  ["allrisGeneration"],
  ["allrisnet", "generation"],
  ["allrisnet", "allrisGeneration"],
];

/** What the schema would refuse as well, but without saying the reason that helps. */
export function refusals(tenant: Plain): readonly FieldProblem[] {
  return [
    ...generations.flatMap((path): FieldProblem[] => {
      const value = at(tenant, path);
      if (value === undefined) return [];
      if (value === 3 || value === "3") return [{ path, why: `must not be 3: ${generation3}` }];
      return [{ path, why: "is not written in a tenant file; every site of this farm runs ALLRIS 4" }];
    }),
    ...secrets.flatMap((path): FieldProblem[] =>
      typeof at(tenant, path) === "string"
        ? [
            {
              path,
              why: "must say where the secret is found; a secret that was written here counts as given away",
              hint: 'write { from: "environment", variable: "…" } and change the secret',
            },
          ]
        : [],
    ),
  ];
}

function at(value: Plain, path: FieldPath): Plain {
  return path.reduce<Plain>((object, key) => (isPlainObject(object) ? object[key] : undefined), value);
}
