import { createPredicate } from "value-matcher";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { XoError } from "../errors.ts";
import type { Inventory } from "../inventory.ts";

/** The ids in `{ id: "…" }` or `{ id: { __or: […] } }`; undefined for any other pattern. */
export function idsIn(pattern: Json | undefined): string[] | undefined {
  if (!isJsonObject(pattern) || Object.keys(pattern).join() !== "id") return undefined;
  const { id } = pattern;
  if (typeof id === "string") return [id];
  if (!isJsonObject(id) || Object.keys(id).join() !== "__or" || !Array.isArray(id.__or)) return undefined;
  const ids = id.__or as readonly Json[];
  return ids.every((each): each is string => typeof each === "string") ? [...ids] : undefined;
}

function isExempt(vm: JsonObject): boolean {
  const tags = Array.isArray(vm.tags) ? vm.tags : [];
  return tags.some((tag) => tag === "xo:no-bak" || String(tag).startsWith("xo:no-bak="));
}

/**
 * The VMs that a job's selector stands for: those that it names, or ("smart mode") those that match it now.
 * @throws XoError 27 when a pattern matches none
 */
export function selectVms(pattern: JsonObject, inventory: Inventory): string[] {
  const named = idsIn(pattern);
  if (named !== undefined) return named;
  const matches = createPredicate({ type: "VM", ...pattern });
  const found = [...inventory.list("VM")].filter((vm) => matches(vm) && !isExempt(vm));
  if (found.length === 0) throw new XoError(27, "no VMs match this pattern");
  return found.map((vm) => String(vm.id));
}
