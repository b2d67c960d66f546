import type { PoolSettings } from "../pool-settings.ts";
import type { RecordingRule, RuleGroup } from "./rule-groups.ts";

/** A LUN's place on its cluster. */
export interface LunPlace {
  readonly volume: string;
  /** Without the volume and what lies between. */
  readonly lun: string;
}

/**
 * Where a LUN lies, of its path: Harvest tells the volume and the LUN's own name, and leaves a qtree between them out
 * of both (its template `conf/rest/9.12.0/lun.yaml`). undefined for what is no path of a LUN.
 */
export function tryFindLunPlace(path: string): LunPlace | undefined {
  const [, volume, lun] = /^\/vol\/([^/]+)\/(?:[^/]+\/)?([^/]+)$/.exec(path) ?? [];
  return volume === undefined || lun === undefined ? undefined : { volume, lun };
}

/** What the settings of the pools name on NetApp clusters, as series: only that is looked at. */
export const wanted = { volume: "farm:netapp_volume_wanted", lun: "farm:netapp_lun_wanted" } as const;

/** A volume or LUN that a pool's repositories lie on. */
interface Place {
  readonly kind: keyof typeof wanted;
  readonly pool: string;
  readonly cluster: string;
  readonly svm: string;
  readonly volume: string;
  readonly lun?: string;
}

/** The series that say what has to be watched: one for each volume and LUN of each pool, with the repositories on it. */
export function wantedRules(pools: Readonly<Record<string, Pick<PoolSettings, "storage">>>): RuleGroup {
  const named = Object.entries(pools).flatMap(([pool, { storage }]) =>
    Object.entries(storage).flatMap(([repository, { cluster, svm, volume, lun }]) => {
      const place = lun === undefined ? undefined : tryFindLunPlace(lun);
      const where = { pool, cluster, svm };
      return [
        ...(volume === undefined ? [] : [{ kind: "volume", ...where, volume } as const]),
        // A thin LUN takes its room from its volume, and stops when that has none.
        ...(place === undefined ? [] : [{ kind: "volume", ...where, volume: place.volume } as const]),
        ...(place === undefined ? [] : [{ kind: "lun", ...where, ...place } as const]),
      ].map((each: Place) => ({ place: each, repository }));
    }),
  );
  const byPlace = Map.groupBy(named, ({ place }) => JSON.stringify(place));
  const rules = [...byPlace.values()].flatMap(([first, ...more]): RecordingRule[] => {
    if (first === undefined) return [];
    const { place } = first;
    const repositories = [first, ...more].map(({ repository }) => repository).toSorted();
    const name = [place.volume, ...(place.lun === undefined ? [] : [place.lun])].join("/");
    const labels = { ...place, name: `${place.svm}:${name}`, repositories: repositories.join(", ") };
    return [{ record: wanted[place.kind], expr: "vector(1)", labels }];
  });
  return { name: "farm-netapp", rules };
}
