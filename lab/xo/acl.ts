import type { UserRecord } from "./account-records.ts";
import { unauthorized } from "./errors.ts";
import type { XoRecord } from "./records.ts";
import type { Store } from "./store.ts";
import type { Relations } from "./views/relations.ts";

/** What a method needs to be allowed to do with an object. */
export type Permission = "view" | "operate" | "administrate";

const rights = {
  viewer: ["view"],
  operator: ["view", "operate"],
  admin: ["view", "operate", "administrate"],
} as const satisfies Record<string, readonly Permission[]>;

/** Objects whose rights an object inherits; one that allows is enough. */
function parents(record: XoRecord, relations: Relations): readonly (string | undefined)[] {
  switch (record.type) {
    case "host":
    case "network":
    case "message":
    case "VM-template":
      return [record.pool];
    case "SR":
      return [record.shared ? record.pool : relations.of("PBD", record.id)[0]?.host];
    case "PBD":
      return [record.sr];
    case "PIF":
      return [record.host];
    case "VM":
    case "VM-controller":
      return [record.host, record.pool];
    case "VM-snapshot":
    case "VDI-snapshot":
      return [record.snapshotOf];
    case "VBD":
      return [record.vdi];
    case "VDI":
      return [record.sr, ...relations.of("VBD", record.id).map((vbd) => vbd.vm)];
    case "VIF":
      return [record.network, record.vm];
    case "pool":
      return [];
  }
}

/** Whether a user may do something with an object. */
function mayUse(
  store: Store,
  relations: Relations,
  user: UserRecord,
  object: XoRecord,
  permission: Permission,
): boolean {
  if (user.permission === "admin") return true;
  const granted = new Set<string>();
  for (const acl of store.table("acls").values()) {
    if (acl.subject === user.id && (rights[acl.action] as readonly string[]).includes(permission)) {
      granted.add(acl.object);
    }
  }
  const pending = [object.id];
  const seen = new Set<string>();
  for (const id of pending) {
    if (granted.has(id)) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    const record = store.objects.get(id);
    if (record) pending.push(...parents(record, relations).filter((parent) => parent !== undefined));
  }
  return false;
}

/** @throws XoError 2 when the user may not. */
export function requirePermission(
  store: Store,
  relations: Relations,
  user: UserRecord,
  object: XoRecord,
  permission: Permission,
): void {
  if (mayUse(store, relations, user, object, permission)) return;
  throw unauthorized(permission, { id: object.id, type: object.type });
}
