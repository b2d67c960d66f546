import { nameOf } from "../../model/stack-state.ts";
import { planCures } from "../heal/cure.ts";
import { gatherFacts } from "../heal/outside.ts";
import type { Context } from "./context.ts";
import { type Check, type Finding, fine } from "./finding.ts";

/** Operations that a run had begun when it was interrupted, with the cure of each. */
export const pendingCheck: Check<Context> = {
  id: "pending",
  title: "operations under way",
  async run(context) {
    const { stack } = context;
    const state = await context.state();
    if (state.pending.length === 0) return [fine("pending.none", "none")];
    const operations = state.pending.map(
      ({ type, resource }): Finding => ({
        id: `pending.${type}`,
        severity: "broken",
        detail: `${nameOf(resource.urn)}: interrupted while ${type}`,
        next: `./farm heal -s ${stack}`,
      }),
    );
    return [...operations, ...(await cures(context))];
  },
};

/** What `./farm heal` would do; without XO and Cloudflare nobody can say. */
async function cures(context: Context): Promise<Finding[]> {
  const { stack } = context;
  const state = await context.state();
  const outside = { xo: context.xo(), cloudflare: context.cloudflare() };
  const facts = await gatherFacts(stack, state, outside);
  return planCures(state, facts).map((cure) => ({
    id: `pending.cure.${cure.kind}`,
    severity: "broken",
    detail: `the cure: ${cure.text}`,
    next: cure.kind === "ask" ? cure.next : `./farm heal -s ${stack}`,
  }));
}
