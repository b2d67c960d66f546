import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../lib/paths.ts";

/** A person of the stand-in's council, with everything that its database holds of her. */
export interface CouncilMember {
  readonly name: string;
  readonly party: string;
  readonly function: string;
  readonly address: string;
  readonly email: string;
  readonly phone: string;
}

/** The stand-in's persons, in the order of its database. */
export function councilMembers(): readonly CouncilMember[] {
  const file = join(checkout, "lab", "allrisnet", "app", "WEB-INF", "migrations", "001-council.sql");
  const [, rows = ""] = /INSERT INTO person VALUES\n([^;]*);/.exec(readFileSync(file, "utf8")) ?? [];
  return rows.split("\n").map((row) => {
    const [name = "", party = "", office = "", address = "", email = "", phone = ""] = [
      ...row.matchAll(/'([^']*)'/g),
    ].map(([, value = ""]) => value);
    return { name, party, function: office, address, email, phone };
  });
}
