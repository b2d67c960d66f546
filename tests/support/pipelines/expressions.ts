import { data, Evaluator, Lexer, Parser } from "@actions/expressions";

/** What an expression may look at: "github", "env", "needs" and so on. */
export type Context = Readonly<Record<string, unknown>>;

/** What `success()` and its like answer. */
export interface Status {
  readonly success: boolean;
  readonly failure: boolean;
}

const statusFunctions = ["success", "failure", "always", "cancelled"] as const;

/** Evaluates an expression of a workflow file, with GitHub's own parser and evaluator. */
export function evaluate(expression: string, context: Context, status?: Status): data.ExpressionData {
  const answers = {
    success: status?.success ?? true,
    failure: status?.failure ?? false,
    always: true,
    cancelled: false,
  };
  const functions = statusFunctions.map((name) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(answers[name]),
  }));
  const parser = new Parser(new Lexer(expression).lex().tokens, Object.keys(context), functions);
  const known = new Map(functions.map((each) => [each.name as string, each]));
  return new Evaluator(parser.parse(), dataOf(context) as data.Dictionary, known).evaluate();
}

/** A text of a workflow file with all of its `${{ … }}`. */
export function expand(text: string, context: Context, status?: Status): string {
  return text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_, expression: string) =>
    evaluate(expression.trim(), context, status).coerceString(),
  );
}

/** Whether an `if` holds. Without a word about the status it means "and nothing has failed". */
export function holds(condition: unknown, context: Context, status: Status): boolean {
  const text = condition === undefined ? "success()" : String(condition);
  const expression = /^\s*\$\{\{(.*)\}\}\s*$/s.exec(text)?.[1]?.trim() ?? text;
  const says = statusFunctions.some((name) => new RegExp(`\\b${name}\\s*\\(`).test(expression));
  return isTrue(evaluate(says ? expression : `success() && (${expression})`, context, status));
}

function isTrue(value: data.ExpressionData): boolean {
  if (value instanceof data.BooleanData) return value.value;
  if (value instanceof data.NumberData) return value.value !== 0;
  if (value instanceof data.StringData) return value.value !== "";
  return !(value instanceof data.Null);
}

function dataOf(value: unknown): data.ExpressionData {
  if (value === undefined || value === null) return new data.Null();
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (typeof value === "number") return new data.NumberData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(dataOf));
  return new data.Dictionary(
    ...Object.entries(value as object).map(([key, item]) => ({ key, value: dataOf(item) })),
  );
}
