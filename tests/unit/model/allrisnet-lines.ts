import { allrisnet, linesOf, problemsOf, tenant } from "./fixtures.ts";

/** Lines of a tenant with these parameters, without the "allrisnet." before each. */
export function lines(differs: object, citizens: object = {}): readonly string[] {
  const problems = linesOf(problemsOf([tenant({ allrisnet: allrisnet(differs, citizens) })]));
  return problems.map((line) => line.replace(/^allrisnet\./, ""));
}

/** The same with these fields below `politicians`. */
export const politicians = (differs: object): readonly string[] => lines({ politicians: differs });
/** The same with these fields below `citizens`. */
export const citizens = (differs: object, root: object = {}): readonly string[] => lines(root, differs);
/** The same with these fields of the accessibility statement. */
export const accessibility = (differs: object, root: object = {}): readonly string[] =>
  citizens({ accessibility: { ...allrisnet().citizens.accessibility, ...differs } }, root);
