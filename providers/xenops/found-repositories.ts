import { FarmError } from "../../lib/farm-error.ts";
import type { ProviderFunction } from "../kit/types.ts";
import type { XoClient } from "./xo-client.ts";

/** The backup repositories of these names, in their order: `{ names }`. Needs the right "admin of Xen Orchestra". */
export const findBackupRepositories: ProviderFunction<XoClient> = async ({ client, signal }, args) => {
  const names = Array.isArray(args.names) ? args.names.map(String) : [];
  const all = (await client.admin.call("remote.getAll", {}, { signal, reads: true })) as Record<
    string,
    unknown
  >[];
  return {
    repositories: names.map((name) => {
      const [repository, other] = all.filter((candidate) => candidate.name === name);
      if (repository !== undefined && other === undefined) return { id: String(repository.id), name };
      const known = all.map((candidate) => String(candidate.name)).sort();
      throw new FarmError({
        what: `Xen Orchestra has ${repository === undefined ? "no" : "more than one"} backup repository ${name}`,
        where: `its backup repositories: ${known.join(", ") || "none"}`,
        next: repository === undefined ? "bring up the stack that makes it" : "rename one of them",
      });
    }),
  };
};
