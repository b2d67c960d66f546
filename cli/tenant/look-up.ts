import { Resolver } from "node:dns/promises";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import type { NameFacts } from "../../model/domain-findings.ts";

/** Milliseconds for one answer, and how often a server is asked. */
const patience = { timeout: 3000, tries: 2 } as const;

/** What a server says when there is nothing of that kind; anything else means that we do not know. */
const nothing = new Set(["ENOTFOUND", "ENODATA", "NXDOMAIN", "NODATA"]);

/**
 * Asks the DNS what is known of a name.
 *
 * @param servers addresses, with a port where it is not 53. @default - those of the system
 * @throws FarmError when no server answers
 */
export async function lookUp(name: string, servers?: readonly string[]): Promise<NameFacts> {
  const resolver = new Resolver(patience);
  if (servers !== undefined) resolver.setServers([...servers]);
  const ask = async <T>(question: () => Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await question();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : messageOf(error);
      if (nothing.has(code)) return [];
      throw new FarmError(
        {
          what: `The DNS does not answer about ${name} (${code})`,
          where: `name servers ${(servers ?? resolver.getServers()).join(", ")}`,
          next: "check the way to them, or leave the look-up out: --no-dns",
        },
        { cause: error },
      );
    }
  };
  const [v4, v6, [alias]] = await Promise.all([
    ask(() => resolver.resolve4(name)),
    ask(() => resolver.resolve6(name)),
    ask(() => resolver.resolveCname(name)),
  ]);
  const zone = await climb(name, async (at) => {
    const found = await ask(() => resolver.resolveNs(at));
    return found.length === 0 ? undefined : { name: at, servers: found.toSorted() };
  });
  const caa = await climb(name, async (at) => {
    const records = await ask(() => resolver.resolveCaa(at));
    const issuers = records.flatMap(({ issue }) =>
      issue === undefined ? [] : [issue.split(";", 1).join("").trim()],
    );
    return records.length === 0 ? undefined : { at, issuers: issuers.filter((issuer) => issuer !== "") };
  });
  return {
    name,
    addresses: [...v4, ...v6],
    ...(alias === undefined ? {} : { alias }),
    ...(zone === undefined ? {} : { zone }),
    ...(caa === undefined ? {} : { caa }),
  };
}

/** The first answer on the way from a name upwards; a top-level domain is nobody's zone. */
async function climb<T>(name: string, ask: (at: string) => Promise<T | undefined>): Promise<T | undefined> {
  for (let at = name; at.includes("."); at = at.slice(at.indexOf(".") + 1)) {
    const found = await ask(at);
    if (found !== undefined) return found;
  }
  return undefined;
}
