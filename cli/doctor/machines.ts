import { isMonitoring, monitoringResource, tenantsOfTags } from "../../model/plan.ts";
import { nameOf } from "../../model/stack-state.ts";
import { vmType } from "../heal/cure.ts";
import { openMoves } from "../pool-move/journal.ts";
import { openRestores } from "../restore-journal.ts";
import type { Context } from "./context.ts";
import { type Check, type Finding, fine } from "./finding.ts";

/** The VMs in XO, those in the state and the tenant files: every one has its other two. */
export const machinesCheck: Check<Context> = {
  id: "machines",
  title: "XO against the state",
  async run(context) {
    const { stack } = context;
    const [state, vms, farm] = await Promise.all([context.state(), context.vms(), context.farm()]);
    const kept = state.resources.filter(({ type, delete: old }) => type === vmType && !old);
    const inState = new Set(kept.map(({ id }) => id));
    const inXo = new Set(vms.map(({ id }) => id));
    const homeless = kept
      .filter(({ id }) => !inXo.has(id))
      .map(
        ({ urn, id }): Finding => ({
          id: "machines.gone",
          severity: "broken",
          detail: `${nameOf(urn)} (${id}) is in the state and not in XO, or lost its tags there`,
          next: "./farm pulumi refresh shows what is left of it; up then makes it anew",
        }),
      );
    const unknown = vms
      .filter(({ id }) => !inState.has(String(id)))
      .map((vm): Finding => {
        const tags = (vm["tags"] as string[] | undefined) ?? [];
        const [tenant = isMonitoring(tags, `allris-farm/${stack}`) ? "the monitoring" : "nobody"] =
          tenantsOfTags(tags);
        return {
          id: "machines.orphan",
          severity: "broken",
          detail: `VM ${String(vm["name_label"])} (${String(vm["id"])}) of ${tenant} is in XO and not in the state`,
          next: `./farm heal -s ${stack} takes it over when an interrupted run left it; else look whose it is`,
        };
      });
    const files = new Set<string>(farm.tenants.map(({ id }) => id));
    const fileless = kept
      .map(({ urn }) => nameOf(urn).replace(/-vm$/, ""))
      .filter((tenant) => tenant !== monitoringResource && !files.has(tenant))
      .map(
        (tenant): Finding => ({
          id: "machines.no-file",
          severity: "broken",
          detail: `${tenant} has a VM and no tenant file`,
          next: `bring tenants/${tenant}.ts back: the next run says how`,
        }),
      );
    const sites = new Set(kept.map(({ urn }) => nameOf(urn).replace(/-vm$/, "")));
    const coming = farm.tenants
      .filter(({ id }) => !sites.has(id))
      .map(
        ({ id }): Finding => ({
          id: "machines.not-made",
          severity: "attention",
          detail: `${id} has a tenant file and no VM yet`,
          next: `./farm pulumi up -s ${stack}`,
        }),
      );
    const restores = openRestores(stack).map(
      (tenant): Finding => ({
        id: "machines.restore-open",
        severity: "attention",
        detail: `a restore of ${tenant} is not finished`,
        next: `./farm restore ${tenant} goes on with it`,
      }),
    );
    const moves = openMoves(stack).map(
      ({ tenant, to, undoing }): Finding => ({
        id: "machines.move-open",
        severity: "attention",
        detail: `the move of ${tenant} to the pool ${to.pool} is not finished`,
        next: undoing
          ? `./farm tenant move-pool ${tenant} ${to.pool} --undo takes it back wholly`
          : `./farm tenant move-pool ${tenant} ${to.pool} goes on with it, --undo takes it back`,
      }),
    );
    const disks = await strayDisks(context);
    const all = [...homeless, ...unknown, ...fileless, ...coming, ...restores, ...moves, ...disks];
    return all.length > 0 ? all : [fine("machines.same", `${kept.length} VMs, the same on both sides`)];
  },
};

/** Disks with the name of a site's disk that no VM has: what an interrupted XO leaves of a VM. */
async function strayDisks(context: Context): Promise<Finding[]> {
  const disks = await context.xo().objects({ type: "VDI" });
  const own = new RegExp(`^allris-[a-z0-9-]+\\.${context.stack} system$`);
  return disks
    .filter(({ name_label, $VBDs }) => own.test(String(name_label)) && Array.isArray($VBDs) && !$VBDs.length)
    .map(({ id, name_label }) => ({
      id: "machines.stray-disk",
      severity: "attention",
      detail: `the disk ${String(name_label)} (${String(id)}) belongs to no VM`,
      next: "look at it in XO (Health, orphaned VDIs), and remove it there when nobody needs it",
    }));
}
