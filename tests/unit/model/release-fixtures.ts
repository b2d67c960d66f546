import { planRelease } from "../../../model/allrisnet/release-plan.ts";
import { allrisnet, tenant } from "./fixtures.ts";
import { type Files, farmOf, window } from "./window-fixtures.ts";

/** Before the notice of the window was sent. */
export const november = "2026-11-25T09:00:00+01:00";
/** In the window. */
export const inIt = "2026-12-08T20:30:00+01:00";

/** A pilot that wants a release. */
export const wants = (version: string, differs: object = {}, citizens: object = {}) =>
  tenant({ allrisnet: allrisnet({ release: version, ring: "pilot", ...differs }, citizens) });

/** The decision for the one administration of these files. */
export function decide(wanted: object, installed: string | undefined, files: Partial<Files> = {}) {
  const farm = farmOf({ at: november, windows: [window()], ...files, tenants: [wanted] });
  const [only] = farm.tenants;
  if (only === undefined) throw new Error("there is no tenant");
  return planRelease(only, farm, installed);
}

/** What a decision says, or why it is refused. */
export const textOf = (decision: ReturnType<typeof decide>): string =>
  decision.kind === "refused"
    ? decision.problems.map(({ field, why }) => `${field} ${why}`).join("\n")
    : decision.text;
