import { type FieldProblem, type ReadFields, readFields, type Shape } from "./fields.ts";
import { type Plain, toPlain } from "./plain.ts";
import { type FieldPath, formatField, type Problem } from "./problems.ts";
import type { Report } from "./rules.ts";

/** A file as it was found: its exported value, or why there is none. */
export type FoundFile =
  | { readonly file: string; readonly value: unknown }
  | { readonly file: string; readonly failure: string };

/** What could be read of a file, and where further problems of it go. */
export interface ReadFile<S extends Shape> {
  readonly file: string;
  readonly fields: ReadFields<S>["fields"];
  /** All that it holds, as plain data. */
  readonly value: Plain;
  readonly report: Report;
}

/**
 * Reads the fields of a file; what does not fit goes into `problems`.
 * @param refusals what is refused with a reason of its own, in place of what the shape says. @default - nothing
 */
export function readFound<S extends Shape>(
  found: FoundFile,
  shape: S,
  problems: Problem[],
  refusals: (value: Plain) => readonly FieldProblem[] = () => [],
): ReadFile<S> {
  const { file } = found;
  const report = reporter(file, problems);
  if ("failure" in found) {
    report([], found.failure);
    return { file, fields: {}, value: undefined, report };
  }
  const plain = toPlain(found.value);
  const read = readFields(shape, plain.value);
  note(report, [...plain.problems, ...refusals(plain.value)], read.problems);
  return { file, fields: read.fields, value: plain.value, report };
}

/** Reports a file whose name is not what its own field says. */
export function checkFileName(file: string, field: string, value: string | undefined, report: Report): void {
  const name = file.slice(file.lastIndexOf("/") + 1).replace(/\.ts$/, "");
  if (value !== undefined && value !== name) {
    report([field], `must be the name of the file, "${name}"`, `or name the file ${value}.ts`);
  }
}

/** Reports both kinds; what a field lacks only because it could not be read at all is not said twice. */
export function note(report: Report, first: readonly FieldProblem[], then: readonly FieldProblem[]): void {
  const fields = first.map((problem) => formatField(problem.path));
  const follows = ({ path }: FieldProblem) => {
    const field = formatField(path);
    return fields.some((unread) => unread === field || unread === "");
  };
  for (const { path, why, hint } of [...first, ...then.filter((problem) => !follows(problem))]) {
    report(path, why, hint);
  }
}

/** Notes problems of one file. */
export function reporter(file: string, problems: Problem[]): Report {
  return (path: FieldPath, why: string, hint?: string) => {
    problems.push({ file, field: formatField(path), why, ...(hint === undefined ? {} : { hint }) });
  };
}
