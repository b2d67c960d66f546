import { type HostName, isWithin, parseHostName } from "../host-name.ts";

/** A DNS record in one of our zones, as far as it is looked at here. */
export interface NamedRecord {
  readonly name: string;
  readonly type: string;
  readonly content: string;
}

/** The names that lead to a machine by the records of our zones. */
export interface FoundNames {
  /** Names whose address is the machine's. */
  readonly direct: readonly HostName[];
  /** Names that lead to one of those. */
  readonly aliases: readonly HostName[];
}

/** What of the records leads to an address: the names themselves, and those that point to them. */
export function findNames(address: string, records: readonly NamedRecord[]): FoundNames {
  const direct = namesOf(records.filter(({ type, content }) => type === "A" && content === address));
  const led = records.filter(
    ({ type, content }) => type === "CNAME" && direct.some((name) => name === content.toLowerCase()),
  );
  return { direct, aliases: namesOf(led).filter((name) => !direct.includes(name)) };
}

/** The nearest of our zones around a name; undefined when others keep it. */
export function nearestZone(name: string, zones: readonly string[]): string | undefined {
  return zones.filter((zone) => isWithin(name, zone)).sort((a, b) => b.length - a.length)[0];
}

function namesOf(records: readonly NamedRecord[]): readonly HostName[] {
  const names = records.flatMap(({ name }) => {
    const read = parseHostName(name.toLowerCase());
    return read.ok ? [read.value] : [];
  });
  return [...new Set(names)].sort();
}
