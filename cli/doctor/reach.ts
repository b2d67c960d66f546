import type { Context } from "./context.ts";
import { type Check, fine } from "./finding.ts";

/** Whether XO is there at all. */
export const reachCheck: Check<Context> = {
  id: "xo",
  title: "XO",
  async run(context) {
    const vms = await context.vms();
    return [fine("xo.answers", `${context.xo().address} answers; ${vms.length} VMs of this stack`)];
  },
};
