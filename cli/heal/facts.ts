import type { FoundCertificate, FoundRecord, FoundZone } from "../cloudflare-facts.ts";

/** A VM in XO, with what tells whether anything was ever written on it. */
export interface FoundVm {
  readonly id: string;
  readonly nameLabel: string;
  readonly tags: readonly string[];
  readonly powerState: string;
  /** Milliseconds since 1970; 0 when XO does not say. */
  readonly createdAt: number;
  /**
   * Whether it is certain that nothing was ever written on it: it never ran, has no snapshot, nobody blocked its
   * deletion, and it has the tags that the farm orders and no other. What comes out of a backup has one more.
   */
  readonly untouched: boolean;
}

/** What Xen Orchestra and Cloudflare have that the farm made, or would make. */
export interface OutsideFacts {
  readonly vms: readonly FoundVm[];
  readonly zones: readonly FoundZone[];
  readonly records: readonly FoundRecord[];
  readonly certificates: readonly FoundCertificate[];
  /** Administrations of which a restore is not finished. */
  readonly restores: readonly string[];
}

type XoObject = Readonly<Record<string, unknown>>;

/** A VM as XO lists it. */
export function vmFrom(object: XoObject): FoundVm {
  const creation = object["creation"] as { date?: unknown } | undefined;
  const created = Date.parse(String(creation?.date ?? ""));
  const blocked = Object.keys((object["blockedOperations"] as object | undefined) ?? {});
  return {
    id: String(object["id"]),
    nameLabel: String(object["name_label"]),
    tags: texts(object["tags"]),
    powerState: String(object["power_state"]),
    createdAt: Number.isNaN(created) ? 0 : created,
    // The provider blocks the deletion last of all: what has the block was finished and has served a site.
    untouched:
      object["power_state"] === "Halted" &&
      (object["startTime"] ?? 0) === 0 &&
      texts(object["snapshots"]).length === 0 &&
      texts(object["tags"]).length <= 2 &&
      !blocked.includes("destroy"),
  };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
