import { contains, parseAddress, parseCidr } from "../../model/address.ts";
import {
  addressOf,
  fieldsOf,
  listOf,
  nameOf,
  ofType,
  type PlannedResource,
  siteOf,
  textOf,
  types,
} from "../planned-resource.ts";
import type { Finding, StackRule } from "../rule.ts";

/** Rules about the machines beside each other and in their pools. */
export const togetherRules: readonly StackRule[] = [
  {
    name: "vm-front-network-only",
    sentence: "No machine has a card in the network of migration or of backups, which belong to the hosts.",
    remedy: "put the machine on the pool's front network",
    requirements: ["SYS.1.5.A11", "GS++ ARCH.2.2.7"],
    severity: "high",
    check(resources) {
      const hosts = ofType(resources, types.poolSettings).flatMap(({ inputs }) =>
        ["migrationNetwork", "backupNetwork"].flatMap((name) => textOf(inputs[name]) ?? []),
      );
      return ofType(resources, types.vm).flatMap(({ urn, inputs }) => {
        const cards = listOf(inputs["networks"]) ?? [];
        const wrong = cards.some((card) => hosts.includes(textOf(fieldsOf(card)["networkId"]) ?? ""));
        return wrong ? [{ urn, detail: "has a card in a network of the hosts" }] : [];
      });
    },
  },
  {
    name: "vm-address-planned",
    sentence: "Every machine has an address of its own, in the front network of a pool.",
    remedy: "write a free address of the pool's subnet into the tenant file",
    requirements: ["SYS.1.5.A9", "SYS.1.5.A4", "GS++ ARCH.5.1"],
    severity: "high",
    check(resources, { settings }) {
      const subnets = Object.values(settings?.pools ?? {}).map(({ network }) => network.subnet);
      const machines = ofType(resources, types.vm).map((machine) => ({
        machine,
        address: addressOf(machine),
      }));
      return machines.flatMap(({ machine: { urn }, address }): Finding[] => {
        if (address === undefined) return [];
        const parsed = parseAddress(address);
        const inside = parsed.ok && subnets.some((subnet) => isWithin(subnet, parsed.value));
        const twice = machines.filter((other) => other.address === address).length > 1;
        return [
          ...(settings !== undefined && !inside
            ? [{ urn, detail: `${address} lies in no pool's subnet` }]
            : []),
          ...(twice ? [{ urn, detail: `${address} belongs to more than one machine` }] : []),
        ];
      });
    },
  },
  {
    name: "vm-one-administration",
    sentence: "An administration has a machine of its own, and no other administration is on it.",
    remedy: "compare the tags `tenant=…` in Xen Orchestra with the tenant files",
    requirements: ["SYS.1.1.A30", "APP.3.2.A1", "GS++ KONF.6.6"],
    severity: "critical",
    check(resources) {
      const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
      const machines = ofType(resources, types.vm);
      const tenants = Map.groupBy(machines, tenantOf);
      const shared = [...tenants].flatMap(([tenant, all]): Finding[] =>
        tenant !== undefined && all.length > 1
          ? all.map(({ urn }) => ({ urn, detail: `is one of ${all.length} machines of ${tenant}` }))
          : [],
      );
      const sites = ofType(resources, types.site).flatMap(({ urn }): Finding[] => {
        const own = machines.filter((machine) => siteOf(machine, byUrn)?.urn === urn);
        return own.length === 1 ? [] : [{ urn, detail: `${nameOf(urn)} has ${own.length} machines` }];
      });
      return [...shared, ...sites];
    },
  },
  {
    name: "vm-disks-on-redundant-storage",
    sentence: "Every disk lies on the storage that all hosts of the pool share.",
    remedy: "make the machine on the pool's `defaultStorage`",
    requirements: ["SYS.1.5.A20", "SYS.1.8.A22", "GS++ ARCH.8.3"],
    severity: "high",
    check(resources) {
      const shared = ofType(resources, types.poolSettings).map(({ inputs }) => inputs["defaultRepository"]);
      // A shard of the farm has sites alone; which storage is shared is the platform's.
      if (shared.length === 0) return [];
      return ofType(resources, types.vm).flatMap(({ urn, inputs }): Finding[] =>
        (listOf(inputs["disks"]) ?? [])
          .map((disk) => textOf(fieldsOf(disk)["srId"]))
          .filter((repository) => repository !== undefined && !shared.includes(repository))
          .map(() => ({ urn, detail: "has a disk elsewhere" })),
      );
    },
  },
];

function tenantOf({ inputs }: PlannedResource): string | undefined {
  const tags = (listOf(inputs["tags"]) ?? []).flatMap((tag) => textOf(tag) ?? []);
  return tags.find((tag) => tag.startsWith("tenant="))?.slice("tenant=".length);
}

function isWithin(subnet: string, address: Parameters<typeof contains>[1]): boolean {
  const network = parseCidr(subnet);
  return network.ok && contains(network.value, address);
}
