import axe from "axe-core";
import type { Page } from "playwright-core";

/** What axe found on a page. */
export interface Accessibility {
  /** Findings of impact serious or critical, contrast that could not be measured among them. */
  readonly findings: readonly string[];
  /** Rules that found something to look at. */
  readonly checked: readonly string[];
}

/** Checks a page against WCAG 2.2, levels A and AA, which hold all that EN 301 549 asks of web pages, and more. */
export async function checkAccessibility(page: Page): Promise<Accessibility> {
  // Told by the debugger, a script runs whatever the page's Content-Security-Policy says.
  await page.evaluate(axe.source);
  const { violations, incomplete, passes } = await page.evaluate(async () => {
    const { axe: runner } = globalThis as unknown as { axe: typeof axe };
    const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const results = await runner.run({ runOnly: { type: "tag", values } });
    const short = (list: axe.Result[]) =>
      list.map(({ id, impact, help, nodes }) => ({
        id,
        impact,
        help,
        places: nodes.map(({ target }) => String(target)),
      }));
    return {
      violations: short(results.violations),
      incomplete: short(results.incomplete),
      passes: short(results.passes),
    };
  });
  const path = new URL(page.url()).pathname;
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const unmeasured = incomplete.filter(({ id }) => id === "color-contrast");
  return {
    findings: [...serious, ...unmeasured].map(
      ({ id, impact, help, places }) => `${path}: ${id} (${impact}): ${help}: ${places.join(", ")}`,
    ),
    checked: [...violations, ...passes].map(({ id }) => id),
  };
}
