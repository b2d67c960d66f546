import { createHash } from "node:crypto";
import type { PreviewDocument, PreviewState, PreviewStep } from "./preview/envelope.ts";
import { segmentsOf } from "./preview/property-path.ts";

/** One changed place of a resource: before, after. Secrets are blinded by the engine already. */
interface CanonicalChange {
  readonly path: string;
  /** "add", "update", "delete", each with "-replace" where it replaces; "all" for a whole new resource. */
  readonly kind: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What a plan does to one resource, without anything that differs from one look at the same plan to the next. */
export interface CanonicalStep {
  readonly urn: string;
  readonly op: string;
  readonly changes: readonly CanonicalChange[];
}

/** Operations of the engine as a sentence has them. */
const doneBy: Readonly<Record<string, string>> = {
  create: "created",
  update: "updated",
  delete: "deleted",
  replace: "replaced",
  "create-replacement": "replaced",
  "delete-replaced": "replaced",
  import: "imported",
  refresh: "refreshed",
  same: "protected otherwise",
};

/** Hexadecimal digits of a digest. */
const digits = 16;

/** The engine's signature of values that are more than they look, and the one of a secret. */
const signature = "4dabf18193072939515e22adb298388d";
const secret = "1b47061264138c4ac30d75fd1eb44270";

/** What stands for a secret, as the engine itself writes it. */
const sealed = "[secret]";

/**
 * The digest of a plan that may cover several stacks: equal digests mean that the same resources change in the
 * same way to the same values. Instants, durations, messages and files' places play no part, nor does the order
 * of steps or of documents; a stack in which nothing changes leaves it as it is.
 *
 * @returns the first 16 hexadecimal digits of a SHA-256
 */
export function planDigest(documents: readonly PreviewDocument[]): string {
  const text = documents.flatMap(canonicalSteps).map(stable).sort().join("\n");
  return createHash("sha256").update(text).digest("hex").slice(0, digits);
}

/** What a plan does, resource by resource; what stays as it is and what is only read is left out. */
export function canonicalSteps({ steps }: PreviewDocument): readonly CanonicalStep[] {
  return (steps ?? []).flatMap((step) => {
    const changes = changesOf(step);
    // The root of a stack that has nothing in it yet is nothing either.
    const idle =
      changes.length === 0 &&
      (["same", "read", "refresh"].includes(step.op) || step.urn.includes("::pulumi:pulumi:Stack::"));
    return idle ? [] : [{ urn: step.urn, op: step.op, changes }];
  });
}

/**
 * What differs between two plans, a sentence for each resource; none when their digests are equal.
 * @param most so many sentences, and one that counts the rest. @default 8
 */
export function planDifferences(
  reviewed: readonly PreviewDocument[],
  now: readonly PreviewDocument[],
  most = 8,
): readonly string[] {
  const [before, after] = [byUrn(reviewed), byUrn(now)];
  const urns = [...new Set([...before.keys(), ...after.keys()])].sort();
  const sentences = urns.flatMap((urn) => {
    const [was, is] = [before.get(urn), after.get(urn)];
    const name = urn.slice(urn.lastIndexOf("::") + 2);
    if (was === undefined) return [`${name} would be ${opsOf(is)}, and was not to change`];
    if (is === undefined) return [`${name} was to be ${opsOf(was)}, and would not change`];
    if (stable(was) === stable(is)) return [];
    if (opsOf(was) !== opsOf(is)) return [`${name} was to be ${opsOf(was)}, and would be ${opsOf(is)}`];
    return [`${name} would be ${opsOf(is)} as reviewed, with other values at ${pathsOf(was, is).join(", ")}`];
  });
  const rest = sentences.length - most;
  return rest > 0 ? [...sentences.slice(0, most), `and ${rest} resources more`] : sentences;
}

function byUrn(documents: readonly PreviewDocument[]): ReadonlyMap<string, readonly CanonicalStep[]> {
  return Map.groupBy(documents.flatMap(canonicalSteps), ({ urn }) => urn);
}

function opsOf(steps: readonly CanonicalStep[] = []): string {
  return [...new Set(steps.map(({ op }) => doneBy[op] ?? op))].sort().join(" and ");
}

function pathsOf(was: readonly CanonicalStep[], is: readonly CanonicalStep[]): readonly string[] {
  const places = (steps: readonly CanonicalStep[]): ReadonlyMap<string, string> =>
    new Map(steps.flatMap(({ changes }) => changes.map((change) => [change.path, stable(change)])));
  const [before, after] = [places(was), places(is)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .sort();
}

function changesOf({ op, oldState, newState, detailedDiff, diffReasons }: PreviewStep): CanonicalChange[] {
  if (op === "create" || op === "import") {
    const entries = Object.entries(newState?.inputs ?? {}).sort(byKey);
    return entries.map(([path, value]) => ({ path, kind: "all", before: null, after: plain(value) }));
  }
  const paths = new Map(Object.entries(detailedDiff ?? {}).map(([path, { kind }]) => [path, kind]));
  for (const path of paths.size === 0 ? (diffReasons ?? []) : []) paths.set(path, "update");
  const changes: CanonicalChange[] = [...paths].sort(byKey).map(([path, kind]) => ({
    path,
    kind,
    before: valueAt(oldState, path),
    after: valueAt(newState, path),
  }));
  // A provider may name no path of what differs: then all that it is given counts.
  if (changes.length === 0 && oldState && newState) {
    const [before, after] = [plain(oldState.inputs ?? {}), plain(newState.inputs ?? {})];
    if (stable(before) !== stable(after)) changes.push({ path: "(inputs)", kind: "update", before, after });
  }
  // Who lifts the protection of a resource changes no property of it.
  const [before, after] = [oldState?.protect ?? false, newState?.protect ?? false];
  const lifted = oldState && newState && before !== after;
  return lifted ? [...changes, { path: "(protect)", kind: "update", before, after }] : changes;
}

/** What stands at a path of the engine, `disks[0].size` or `labels["a.b"]`: the input, else the output. */
function valueAt(state: PreviewState | null | undefined, path: string): unknown {
  const keys = segmentsOf(path).map(String);
  for (const tree of [state?.inputs, state?.outputs]) {
    const value = keys.reduce<unknown>((at, key) => fieldOf(at, key), tree);
    if (value !== undefined) return plain(value);
  }
  return null;
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

/** A value without secrets; of a file only what it holds counts, not where it lies on this machine. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const mark = fieldOf(value, signature);
  if (mark === secret) return sealed;
  const entries = Object.entries(value).filter(([key]) => !(mark !== undefined && key === "path"));
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** JSON with sorted keys. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(byKey))
      : item,
  );
}
