import type { Properties } from "../kit/types.ts";

type XoObject = Record<string, unknown>;

const mpathKey = /^mpath-/;

/** Paths of each host to a repository, which XenServer notes at the connection as `mpath-<id>: "[active, total]"`. */
export function pathsOf(plugs: readonly XoObject[], id: unknown): Properties[] {
  const own = plugs.filter((plug) => plug.SR === id && plug.attached === true);
  const counted = own.flatMap((plug): Properties[] => {
    const config = (plug.otherConfig ?? plug.other_config ?? {}) as XoObject;
    return Object.entries(config).flatMap(([key, value]): Properties[] => {
      const [, active, total] = mpathKey.test(key) ? (/(\d+),\s*(\d+)/.exec(String(value)) ?? []) : [];
      if (active === undefined || total === undefined) return [];
      return [{ host: String(plug.host), active: Number(active), total: Number(total) }];
    });
  });
  return counted.sort((a, b) => (String(a.host) < String(b.host) ? -1 : 1));
}

/** What somebody noted on a repository about the NetApp behind it. */
export function netappOf(repository: XoObject): Properties {
  const config = (repository.other_config ?? {}) as XoObject;
  return Object.fromEntries(
    ["cluster", "svm", "volume", "lun"].flatMap((field) => {
      const noted = config[`netapp-${field}`];
      return typeof noted === "string" ? [[field, noted]] : [];
    }),
  );
}
