import fc from "fast-check";

/** Which administration an edit is about: the one at this place among those that are there, counted round. */
type Who = number;

/** Who issues a certificate, as an edit names it. */
export type Issuer = "acme" | "cloudflare-origin" | "customer";

/** Figures of a machine: a class of the settings, or its own. */
export type EditedSize = "small" | "medium" | "large" | { cpus: number; memory: string; disk: string };

/** One change of the files, as plain data: what it comes to depends on the farm that it meets. */
export type Edit =
  | { readonly kind: "new"; readonly zone: number; readonly issuer: Issuer; readonly size: EditedSize }
  | { readonly kind: "name"; readonly who: Who; readonly number: number }
  | { readonly kind: "contact"; readonly who: Who; readonly number: number }
  | { readonly kind: "parameter"; readonly who: Who; readonly at: number; readonly on: boolean }
  | { readonly kind: "colour"; readonly who: Who; readonly colour: string }
  | { readonly kind: "resize"; readonly who: Who; readonly size: EditedSize }
  | { readonly kind: "rename-domain"; readonly who: Who; readonly label: number; readonly keepsOld: boolean }
  | { readonly kind: "alias"; readonly who: Who; readonly label: number }
  | { readonly kind: "issuer"; readonly who: Who; readonly issuer: Issuer }
  | { readonly kind: "rotation"; readonly who: Who }
  | { readonly kind: "dns"; readonly who: Who; readonly zone: number; readonly label: number }
  | { readonly kind: "retention"; readonly who: Who; readonly daily: number }
  | { readonly kind: "terminate"; readonly who: Who }
  | { readonly kind: "start-delay"; readonly seconds: number }
  | { readonly kind: "ttl"; readonly seconds: number };

/** Some edits, and the run that follows. */
export interface Step {
  readonly edits: readonly Edit[];
  /** Whether the run may stop the machines of the administrations that it meets. */
  readonly mayStop: boolean;
  /** The file that is lost before the run, which then has to refuse; it is put back afterwards. @default - none */
  readonly loses?: Who;
}

const who: fc.Arbitrary<Who> = fc.nat(11);
const issuer: fc.Arbitrary<Issuer> = fc.constantFrom("acme", "cloudflare-origin", "customer");
const size: fc.Arbitrary<EditedSize> = fc.oneof(
  fc.constantFrom("small" as const, "medium" as const, "large" as const),
  fc.record({
    cpus: fc.integer({ min: 1, max: 6 }),
    memory: fc.integer({ min: 2, max: 12 }).map((gibibytes) => `${gibibytes} GiB`),
    disk: fc.integer({ min: 20, max: 90 }).map((gibibytes) => `${gibibytes} GiB`),
  }),
);

const of = <Kind extends Edit["kind"], Fields extends object>(
  kind: Kind,
  fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> },
): fc.Arbitrary<{ kind: Kind } & Fields> =>
  fc.record({ kind: fc.constant(kind), ...fields } as never) as unknown as fc.Arbitrary<
    { kind: Kind } & Fields
  >;

const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 4, arbitrary: of("new", { zone: fc.nat(2), issuer, size }) },
  { weight: 1, arbitrary: of("name", { who, number: fc.nat(99) }) },
  { weight: 1, arbitrary: of("contact", { who, number: fc.nat(99) }) },
  { weight: 2, arbitrary: of("parameter", { who, at: fc.nat(9), on: fc.boolean() }) },
  { weight: 1, arbitrary: of("colour", { who, colour: fc.constantFrom("#7a1f2b", "#1e6b3c", "#0b3d91") }) },
  { weight: 3, arbitrary: of("resize", { who, size }) },
  { weight: 3, arbitrary: of("rename-domain", { who, label: fc.nat(9), keepsOld: fc.boolean() }) },
  { weight: 3, arbitrary: of("alias", { who, label: fc.nat(9) }) },
  { weight: 2, arbitrary: of("issuer", { who, issuer }) },
  { weight: 1, arbitrary: of("rotation", { who }) },
  { weight: 1, arbitrary: of("dns", { who, zone: fc.nat(2), label: fc.nat(9) }) },
  { weight: 1, arbitrary: of("retention", { who, daily: fc.integer({ min: 7, max: 90 }) }) },
  { weight: 1, arbitrary: of("terminate", { who }) },
  { weight: 1, arbitrary: of("start-delay", { seconds: fc.integer({ min: 0, max: 30 }) }) },
  { weight: 1, arbitrary: of("ttl", { seconds: fc.integer({ min: 60, max: 3600 }) }) },
);

/**
 * Sequences of edits and runs, as the tests draw them. Without fast-check's bias: it prefers short lists and small
 * numbers, with which hardly two edits meet.
 */
export function sequences({ steps, edits }: Most): fc.Arbitrary<Step[]> {
  const step: fc.Arbitrary<Step> = fc
    .record({
      edits: fc.array(edit, { minLength: 2, maxLength: edits, size: "max" }),
      mayStop: fc.boolean(),
      loses: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: who }),
    })
    .map(({ loses, ...rest }) => (loses === undefined ? rest : { ...rest, loses }));
  return fc.noBias(fc.array(step, { minLength: 1, maxLength: steps, size: "max" }));
}

/** How long sequences are at most. */
export interface Most {
  readonly steps: number;
  /** In one step. */
  readonly edits: number;
}
