import type { FieldPath } from "./problems.ts";

/** What a file may hold: text, numbers, true and false, null, lists and plain objects (without a prototype). */
export type Plain = string | number | boolean | null | undefined | Plain[] | PlainObject;
/** A plain object; keys such as "constructor" are as good as any other, for nothing is inherited. */
export interface PlainObject {
  [key: string]: Plain;
}

/** A place that holds something else than plain data. */
export interface PlainProblem {
  readonly path: FieldPath;
  readonly why: string;
}

const limits = { depth: 12, values: 5000, items: 500, characters: 4000 } as const;

/**
 * A copy of any value as plain data. Whatever is no plain data is left out and reported, so that nothing that
 * comes after can meet a cycle, a getter, a proxy or a text of a gigabyte. Never throws.
 */
export function toPlain(value: unknown): {
  readonly value: Plain;
  readonly problems: readonly PlainProblem[];
} {
  const problems: PlainProblem[] = [];
  const copier = new Copier(problems);
  return { value: copier.copy(value, []), problems };
}

/** True for a plain object, false for lists and all else. */
export function isPlainObject(value: Plain): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

class Copier {
  readonly #problems: PlainProblem[];
  readonly #above: object[] = [];
  #left: number = limits.values;

  constructor(problems: PlainProblem[]) {
    this.#problems = problems;
  }

  copy(value: unknown, path: FieldPath): Plain {
    this.#left -= 1;
    if (this.#left === 0)
      return this.#refuse(path, `stands behind the first ${limits.values} values of the file`);
    if (this.#left < 0) return undefined;
    switch (typeof value) {
      case "string":
        return this.#copyText(value, path);
      case "number":
        return Number.isFinite(value) ? value : this.#refuse(path, "must be a finite number");
      case "boolean":
      case "undefined":
        return value;
      case "object":
        return value === null ? null : this.#copyObject(value, path);
      default:
        return this.#refuse(path, `must be plain data, not a ${typeof value}`);
    }
  }

  #copyText(text: string, path: FieldPath): Plain {
    if (text.length > limits.characters) {
      return this.#refuse(path, `must have at most ${limits.characters} characters, not ${text.length}`);
    }
    return text.isWellFormed() ? text : this.#refuse(path, "must be well-formed Unicode text");
  }

  #copyObject(object: object, path: FieldPath): Plain {
    if (this.#above.includes(object)) return this.#refuse(path, "must not contain itself");
    if (path.length >= limits.depth)
      return this.#refuse(path, `must not be nested deeper than ${limits.depth} levels`);
    this.#above.push(object);
    try {
      return Array.isArray(object) ? this.#copyList(object, path) : this.#copyFields(object, path);
    } catch {
      // A proxy's traps may throw at any of the questions above.
      return this.#refuse(path, "cannot be read");
    } finally {
      this.#above.pop();
    }
  }

  #copyList(list: readonly unknown[], path: FieldPath): Plain {
    const length = list.length;
    if (length > limits.items) {
      return this.#refuse(path, `must have at most ${limits.items} entries, not ${length}`);
    }
    return Array.from({ length }, (_, at) => this.#copyField(list, String(at), [...path, at]));
  }

  #copyFields(object: object, path: FieldPath): Plain {
    const prototype: unknown = Object.getPrototypeOf(object);
    const tag = Object.prototype.toString.call(object);
    if (tag !== "[object Object]" && tag !== "[object Module]") {
      return this.#refuse(path, `must be plain data, not ${tag.slice(8, -1)}`);
    }
    if (prototype !== null && prototype !== Object.prototype && Object.getPrototypeOf(prototype) !== null) {
      return this.#refuse(path, "must be a plain object, not an instance of a class");
    }
    const copy: PlainObject = Object.create(null);
    for (const key of Reflect.ownKeys(object)) {
      if (this.#left < 0 || this.#problems.length > limits.items) break;
      if (typeof key === "symbol") {
        this.#refuse([...path, key.toString()], "must not be a symbol");
      } else if (key === "__proto__") {
        this.#refuse([...path, key], "is not allowed as a key");
      } else {
        const value = this.#copyField(object, key, [...path, key]);
        if (value !== undefined) copy[key] = value;
      }
    }
    return copy;
  }

  #copyField(owner: object, key: string, path: FieldPath): Plain {
    const field = Reflect.getOwnPropertyDescriptor(owner, key);
    if (field === undefined) return undefined;
    if (field.get !== undefined || field.set !== undefined) {
      return this.#refuse(path, "must be plain data, not a getter or setter");
    }
    return this.copy(field.value, path);
  }

  #refuse(path: FieldPath, why: string): undefined {
    this.#problems.push({ path, why });
    return undefined;
  }
}
