import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Asset, type Properties, type Value } from "../../../providers/kit/types.ts";

/** A resource as a state keeps it. */
export interface PlainResource {
  readonly urn: string;
  readonly type: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly protect: boolean;
  /** URN of what takes it along when it goes. @default "" */
  readonly deletedWith: string;
}

/** The type in a URN. */
export function typeOf(urn: string): string {
  const types = urn.split("::")[2] ?? "";
  return types.slice(types.lastIndexOf("$") + 1);
}

/** Properties whose files have their hashes, which the engine works out before a provider sees them. */
export function hashFiles(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, hashFile(value)]));
}

function hashFile(value: Value): Value {
  if (!(value instanceof Asset) || value.path === undefined) return value;
  const hash = createHash("sha256").update(readFileSync(value.path)).digest("hex");
  return new Asset(value.kind, hash, value.path);
}
