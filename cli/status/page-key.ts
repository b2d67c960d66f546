import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FarmError } from "../../lib/farm-error.ts";
import { makeOnce } from "../../lib/made-once.ts";
import { farmFolder } from "../../lib/paths.ts";

/** The variable that holds the key where several machines write the same pages. */
const variable = "FARM_STATUS_KEY";
/** Characters that a key has at least: 128 bits in hexadecimal digits. */
const shortest = 32;

/**
 * The key that customers' pages have their addresses from: that of the environment, else one of this machine's own,
 * made at the first use. Another key gives all of them other addresses.
 * @param folder where this machine keeps its own
 * @throws FarmError for a key that somebody could guess
 */
export function statusPageKey(
  stack: string,
  environment: NodeJS.ProcessEnv = process.env,
  folder: string = farmFolder,
): string {
  const given = environment[variable]?.trim();
  if (given !== undefined && given !== "") return requireKey(given, variable);
  const file = join(folder, `status-key.${stack}`);
  // Another one would give all pages other addresses.
  makeOnce(file, () => `${randomBytes(32).toString("hex")}\n`);
  return requireKey(readFileSync(file, "utf8").trim(), file);
}

function requireKey(key: string, where: string): string {
  if (key.length >= shortest) return key;
  throw new FarmError({
    what: "The key of the status pages is too short",
    where,
    why: "who guesses it finds the page of every customer",
    next: `make one: openssl rand -hex 32; keep it, or all customers' pages get other addresses`,
  });
}
