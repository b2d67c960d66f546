import { isPlainObject, unwrap } from "./secrets.ts";
import { Asset, type DifferenceKind, type Properties, Unknown, type Value } from "./types.ts";

/**
 * How properties are compared. A path is written `name`, `name.part` or `name[*].part`; it stands for that
 * property and everything in it.
 */
export interface CompareRules {
  /** Names of the properties that a program may set; outputs that no program sets are not compared. */
  readonly inputs: readonly string[];
  /** Paths whose change needs a new object. @default - none */
  readonly replace?: readonly string[];
  /** Paths of lists whose order means nothing. @default - none */
  readonly sets?: readonly string[];
  /** Paths that the server fills in when the program leaves them out: their absence is no change. @default - none */
  readonly computed?: readonly string[];
}

type Differences = Record<string, DifferenceKind>;

interface Place {
  /** As the engine writes it: `networks[0].networkId`. */
  readonly path: string;
  /** As rules write it: `networks[*].networkId`. */
  readonly pattern: string;
}

function member(place: Place, key: string): Place {
  const step = key === "" || /[.[\]"]/.test(key) ? `[${JSON.stringify(key)}]` : `.${key}`;
  return { path: place.path + step, pattern: place.pattern + step };
}

function item(place: Place, index: number): Place {
  return { path: `${place.path}[${index}]`, pattern: `${place.pattern}[*]` };
}

/** Whether the place is one of the paths or lies within one. */
function liesIn(place: Place, paths: readonly string[] | undefined): boolean {
  return (paths ?? []).some((path) => {
    if (!place.pattern.startsWith(path)) return false;
    const next = place.pattern[path.length];
    return next === undefined || next === "." || next === "[";
  });
}

/** The same text for equal values, whatever the order of their members. */
function canonical(value: Value): string {
  if (value instanceof Unknown) return "?";
  if (value instanceof Asset) return `asset:${value.hash}`;
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isPlainObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .filter((key) => value[key] !== null && value[key] !== undefined)
    .sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join()}}`;
}

/** Whether two values are the same once secrets are laid open and absent members are ignored. Unknown equals nothing. */
export function equalValues(left: Value, right: Value): boolean {
  const [open, other] = [unwrap(left), unwrap(right)];
  if (holdsUnknown(open) || holdsUnknown(other)) return false;
  return canonical(open) === canonical(other);
}

function holdsUnknown(value: Value): boolean {
  if (value instanceof Unknown) return true;
  if (Array.isArray(value)) return value.some(holdsUnknown);
  return isPlainObject(value) && Object.values(value).some(holdsUnknown);
}

class Comparison {
  readonly differences: Differences = {};
  private readonly rules: CompareRules;

  constructor(rules: CompareRules) {
    this.rules = rules;
  }

  /** Null and absent are the same: the engine drops nulls on most of its ways. */
  compare(old: Value | undefined, next: Value | undefined, place: Place): void {
    const before = old ?? undefined;
    const after = next ?? undefined;
    if (after === undefined) {
      if (before !== undefined && !this.isEmpty(before) && !liesIn(place, this.rules.computed))
        this.add("delete", place);
    } else if (before === undefined) {
      if (!this.isEmpty(after)) this.add("add", place);
    } else if (Array.isArray(before) && Array.isArray(after)) {
      if (this.rules.sets?.includes(place.pattern)) this.compareSets(before, after, place);
      else this.compareLists(before, after, place);
    } else if (isPlainObject(before) && isPlainObject(after)) {
      for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
        this.compare(before[key], after[key], member(place, key));
      }
    } else if (!equalValues(before, after)) {
      this.add("update", place);
    }
  }

  /** An empty list and no list are the same to every server that we talk to. */
  private isEmpty(value: Value): boolean {
    return (
      (Array.isArray(value) && value.length === 0) ||
      (isPlainObject(value) && Object.keys(value).length === 0)
    );
  }

  private compareLists(before: readonly Value[], after: readonly Value[], place: Place): void {
    for (let index = 0; index < Math.max(before.length, after.length); index++) {
      this.compare(before[index], after[index], item(place, index));
    }
  }

  private compareSets(before: readonly Value[], after: readonly Value[], place: Place): void {
    const left = new Map<string, number[]>();
    for (const [index, value] of before.entries()) {
      const text = canonical(value);
      left.set(text, [...(left.get(text) ?? []), index]);
    }
    const added = [...after.entries()].filter(
      ([, value]) => left.get(canonical(value))?.shift() === undefined,
    );
    const gone = new Set([...left.values()].flat());
    for (const [index] of added) this.add(gone.delete(index) ? "update" : "add", item(place, index));
    for (const index of gone) this.add("delete", item(place, index));
  }

  private add(kind: "add" | "delete" | "update", place: Place): void {
    this.differences[place.path] = liesIn(place, this.rules.replace) ? `${kind}-replace` : kind;
  }
}

/**
 * Compares what an object is (`olds`, its last outputs) with what it is to be (`news`, checked inputs), so
 * that drift found by a refresh shows up like a change in the program.
 */
export function comparePlain(olds: Properties, news: Properties, rules: CompareRules): Differences {
  const comparison = new Comparison(rules);
  for (const name of rules.inputs) {
    comparison.compare(unwrap(olds[name] ?? null), unwrap(news[name] ?? null), { path: name, pattern: name });
  }
  return comparison.differences;
}
