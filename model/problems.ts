import { FarmError } from "../lib/farm-error.ts";

/** One thing that is wrong with what an operator wrote. */
export interface Problem {
  /** The file, relative to the checkout: "tenants/hohenbrueck.ts". */
  readonly file: string;
  /** Dotted path of the field: "contact.email", "bodies[1].id"; empty when the file as a whole is meant. */
  readonly field: string;
  /** The rule that is broken, as the end of a sentence that begins with the field. */
  readonly why: string;
  /** What was probably meant or what to write. @default - none known */
  readonly hint?: string;
}

/** Steps from a file's value to a field. */
export type FieldPath = readonly (string | number)[];

/** Every problem of every file in one error: nothing has been registered or changed when it is thrown. */
export class FarmProblems extends FarmError {
  readonly problems: readonly Problem[];

  /** @param problems at least one, in any order; kept sorted by file, field and reason */
  constructor(problems: readonly Problem[]) {
    const sorted = sortProblems(problems);
    const files = new Set(sorted.map((problem) => problem.file)).size;
    const count = `${sorted.length} problem${sorted.length === 1 ? "" : "s"} in ${files} file${files === 1 ? "" : "s"}`;
    super({
      what: [count, ...sorted.map((problem) => `  ${formatProblem(problem)}`)].join("\n"),
      next: "correct what is listed and run the command again; nothing has been changed",
    });
    this.problems = sorted;
  }

  /** For `--json`: the problems and nothing of the stack. */
  toJSON(): { readonly problems: readonly Problem[] } {
    return { problems: this.problems };
  }
}

/** One line for people: file, field, why, hint. */
export function formatProblem({ file, field, why, hint }: Problem): string {
  const subject = field === "" ? why : `${field} ${why}`;
  return hint === undefined ? `${file}: ${subject}` : `${file}: ${subject} (${hint})`;
}

/** The dotted form of a path; keys that are no plain words stand in brackets and quotes. */
export function formatField(path: FieldPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(step) && step.length <= 60) text += text === "" ? step : `.${step}`;
    else text += `[${quote(step)}]`;
  }
  return text;
}

/** A value as a person would write it, at most about 60 characters, on one line. */
export function quote(value: unknown): string {
  if (typeof value !== "string") return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
}

/** Each problem once, sorted by file, field and reason. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  const unique = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  const key = ({ file, field, why }: Problem) => [file, field, why] as const;
  return [...unique.values()].sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    const at = left.findIndex((part, index) => part !== right[index]);
    return at < 0 ? 0 : (left[at] ?? "") < (right[at] ?? "") ? -1 : 1;
  });
}
