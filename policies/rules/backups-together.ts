import { isService, nameOf, ofType, textOf, types } from "../planned-resource.ts";
import type { Finding, StackRule } from "../rule.ts";

/** Rules about backups against the machines and the locations. */
export const backupsTogetherRules: readonly StackRule[] = [
  {
    name: "backup-every-machine",
    sentence: "Every machine of an administration is in exactly one backup job.",
    remedy:
      "leave the job to the administration's component; `./farm backup check` compares with Xen Orchestra",
    requirements: ["CON.3.A5", "GS++ NOT.4.2", "GS++ NOT.4.4"],
    severity: "critical",
    check(resources) {
      // By what the jobs are made from: ids of machines that are still to be made are not known.
      const named = ofType(resources, types.job).flatMap(({ sources }) => [
        ...new Set(sources["vmIds"] ?? []),
      ]);
      const machines = ofType(resources, types.vm).filter((machine) => !isService(machine));
      return machines.flatMap(({ urn }): Finding[] => {
        const jobs = named.filter((each) => each === urn).length;
        return jobs === 1
          ? []
          : [{ urn, detail: `is in ${jobs === 0 ? "no backup job" : `${jobs} backup jobs`}` }];
      });
    },
  },
  {
    name: "backup-other-location",
    sentence: "Every job writes to a repository at another location than the storage.",
    remedy: "add a repository with another `location` to `backup.repositories` in the stack settings",
    requirements: ["CON.3.A12", "GS++ NOT.4.10", "GS++ NOT.4.12"],
    severity: "high",
    check(resources, { settings }) {
      if (settings === undefined) return [];
      const storage = new Set(
        Object.values(settings.pools).flatMap((pool) =>
          Object.values(pool.storage).map(({ location }) => location),
        ),
      );
      const apart = new Set(
        Object.entries(settings.backup.repositories).flatMap(([name, { location }]) =>
          storage.has(location) ? [] : [name],
        ),
      );
      const elsewhere = new Set(
        ofType(resources, types.repository).flatMap(({ urn, inputs }) =>
          apart.has(textOf(inputs["name"]) ?? "") ? [urn] : [],
        ),
      );
      // A shard of the farm has sites alone; the settings' own rule holds for its repositories.
      if (ofType(resources, types.repository).length === 0) return [];
      return ofType(resources, types.job).flatMap(({ urn, sources }): Finding[] => {
        const targets = sources["repositories"] ?? [];
        if (targets.some((target) => elsewhere.has(target))) return [];
        return [{ urn, detail: `writes to ${targets.map(nameOf).join(", ") || "no repository"} alone` }];
      });
    },
  },
  {
    name: "snapshot-short-lived",
    sentence: "A snapshot is no backup: it lies on the same storage, and is gone after 72 hours.",
    remedy: "delete it with `./farm snapshots`",
    requirements: ["SYS.1.5.A24", "GS++ NOT.4.10"],
    severity: "medium",
    check(resources, { at }) {
      return ofType(resources, types.snapshot).flatMap(({ urn, inputs }): Finding[] => {
        const taken = textOf(inputs["takenAt"]);
        const hours = taken === undefined ? 0 : Math.floor((at.getTime() - Date.parse(taken)) / 3_600_000);
        return hours > 72 ? [{ urn, detail: `is ${hours} hours old` }] : [];
      });
    },
  },
];
