import type { FoundMachine } from "../../model/adoption/found-machine.ts";
import { addressesIn } from "../../model/adoption/found-machine.ts";
import { findNames, type NamedRecord, nearestZone } from "../../model/adoption/found-names.ts";
import type { PoolSettings } from "../../model/pool-settings.ts";
import { formatSize } from "../../model/size.ts";

/** A tenant file as far as it can be known from outside: the rest comes from whoever takes the machine over. */
export type TenantDraft = Readonly<Record<string, unknown>>;

/**
 * What a machine and the records of our zones say of an administration. Sizes are written as figures of their own,
 * so that no class of the settings ever changes a machine that was made elsewhere.
 */
export function draftTenant(
  id: string,
  machine: FoundMachine,
  { key, pool }: { readonly key: string; readonly pool: PoolSettings },
  { records, zones }: { readonly records: readonly NamedRecord[]; readonly zones: readonly string[] },
): TenantDraft {
  const [address = ""] = addressesIn(machine, pool);
  const { direct, aliases } = findNames(address, records);
  const [domain, ...further] = direct;
  const zone = domain === undefined ? undefined : nearestZone(domain, zones);
  const others = [...further, ...aliases];
  return {
    id,
    ...(domain === undefined ? {} : { domain }),
    ...(others.length > 0 ? { aliases: others } : {}),
    dns: zone === undefined ? { mode: "theirs" } : { mode: "ours", zone },
    pool: key,
    address,
    size: {
      cpus: machine.cpus,
      memory: formatSize(machine.memory),
      disk: formatSize(machine.disks[0]?.size ?? 0),
    },
  };
}

/** Puts a value at a path of plain data: `contract.number`. Everything else stays. */
export function setAt(data: TenantDraft, path: readonly string[], value: unknown): TenantDraft {
  const [step, ...rest] = path;
  if (step === undefined) return data;
  const below = data[step];
  const inside = typeof below === "object" && below !== null && !Array.isArray(below) ? below : {};
  return { ...data, [step]: rest.length === 0 ? value : setAt(inside as TenantDraft, rest, value) };
}
