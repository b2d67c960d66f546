import { crc32 } from "node:zlib";
import type { CheckFailure, Properties, ProviderFunction } from "../../../providers/kit/types.ts";
import type { Field, Fields } from "../fields.ts";
import { checkFields } from "../fields.ts";
import type { XoClient } from "./client.ts";
import { NotFound } from "./client.ts";
import type { XoObject } from "./json.ts";
import { flag, integer, integers, nested, text, texts } from "./json.ts";
import { textOf, textsOf } from "./vm-state.ts";

const optionalText: Field = { type: "string" };
const requiredText: Field = { type: "string", required: true };
const tags: Field = { type: { set: { type: "string" } } };

/** A function with checked arguments; its result holds them too. */
function look(
  fields: Fields,
  find: (client: XoClient, args: Properties) => Promise<Properties>,
): ProviderFunction<XoClient> {
  return async ({ client }, args) => {
    const failures: CheckFailure[] = [];
    const checked = checkFields(fields, args, failures);
    if (failures.length > 0)
      throw new Error(failures.map(({ property, reason }) => `${property} ${reason}`).join("; "));
    return { ...checked, ...(await find(client, checked)) };
  };
}

/** Objects of a type that fit; at least one. @throws NotFound */
async function matching(
  client: XoClient,
  type: string,
  query: Properties,
  fits: (object: XoObject) => boolean,
): Promise<XoObject[]> {
  const found = (await client.objects(type)).filter(fits);
  if (found.length === 0) throw new NotFound(names[type] ?? type, query);
  return found;
}

/** What the official client calls the types in its messages. */
const names: Readonly<Record<string, string>> = {
  "VM-template": "Template",
  SR: "StorageRepository",
  VM: "Vm",
  pool: "Pool",
  host: "Host",
  network: "Network",
};

/** The only one found. @throws Error that asks for unique names */
function only(found: readonly XoObject[], plural: string, query: Properties): XoObject {
  const [object] = found;
  if (object && found.length === 1) return object;
  const kind = `${plural.charAt(0).toUpperCase()}${plural.slice(1)}`;
  throw new Error(
    `found \`${found.length}\` ${plural} that match ${JSON.stringify(query)}. ${kind} must be uniquely named to use this data source`,
  );
}

const named = (object: XoObject, args: Properties): boolean => {
  const pool = textOf(args, "poolId");
  return (
    text(object, "name_label") === textOf(args, "nameLabel") &&
    (pool === "" || text(object, "$poolId") === pool)
  );
};

function cpusOf(object: XoObject): { cores: number; sockets: number } {
  const cpus = nested(object, "cpus");
  return { cores: integer(cpus, "cores"), sockets: integer(cpus, "sockets") };
}

function hostProperties(host: XoObject): Properties {
  const memory = nested(host, "memory");
  return {
    id: text(host, "id"),
    nameLabel: text(host, "name_label"),
    poolId: text(host, "$pool"),
    memory: integer(memory, "size"),
    memoryUsage: integer(memory, "usage"),
    cpus: cpusOf(host),
    tags: texts(host, "tags"),
  };
}

const getXoaPool = look({ nameLabel: requiredText }, async (client, args) => {
  const pool = only(await matching(client, "pool", args, (one) => named(one, args)), "pools", args);
  const { cores, sockets } = cpusOf(pool);
  return {
    id: text(pool, "id"),
    description: text(pool, "name_description"),
    master: text(pool, "master"),
    cpus: { cores: String(cores), sockets: String(sockets) },
  };
});

const getXoaHost = look({ nameLabel: requiredText, tags }, async (client, args) =>
  hostProperties(only(await matching(client, "host", args, (one) => named(one, args)), "hosts", args)),
);

const hostFields = { poolId: requiredText, sortBy: optionalText, sortOrder: optionalText, tags };

const getXoaHosts = look(hostFields, async (client, args) => {
  const poolId = textOf(args, "poolId");
  const [pool] = await matching(client, "pool", args, (one) => text(one, "id") === poolId);
  const master = pool ? text(pool, "master") : "";
  // Tags are accepted and do not filter: so does the official provider.
  const hosts = await matching(client, "host", args, (one) => text(one, "$pool") === poolId);
  const sortBy = textOf(args, "sortBy");
  const direction = textOf(args, "sortOrder") === "desc" ? -1 : 1;
  if (sortBy === "id" || sortBy === "name_label") {
    hosts.sort((one, other) => direction * (text(one, sortBy) < text(other, sortBy) ? -1 : 1));
  }
  return { id: master, master, hosts: hosts.map(hostProperties) };
});

const getXoaNetwork = look(
  { nameLabel: requiredText, poolId: optionalText, bridge: optionalText },
  async (client, args) => {
    const found = await matching(client, "network", args, (one) => named(one, args));
    const [network] = found;
    if (!network || found.length > 1) {
      throw new Error(
        `your query returned more than one result: ${found.map((one) => text(one, "id")).join(", ")}. Use \`pool_id\` or other fields to filter the result down to a single network`,
      );
    }
    return { id: text(network, "id"), bridge: text(network, "bridge"), poolId: text(network, "$poolId") };
  },
);

const getXoaStorageRepository = look(
  { nameLabel: requiredText, poolId: optionalText, tags },
  async (client, args) => {
    const wanted = textsOf(args, "tags");
    const fits = (one: XoObject): boolean =>
      named(one, args) && wanted.every((tag) => texts(one, "tags").includes(tag));
    const repository = only(await matching(client, "SR", args, fits), "storage repositories", args);
    return {
      id: text(repository, "id"),
      uuid: text(repository, "uuid"),
      poolId: text(repository, "$poolId"),
      srType: text(repository, "SR_type"),
      container: text(repository, "$container"),
      size: integer(repository, "size"),
      usage: integer(repository, "usage"),
      physicalUsage: integer(repository, "physical_usage"),
    };
  },
);

const getXoaTemplate = look({ nameLabel: requiredText, poolId: optionalText }, async (client, args) => {
  const template = only(
    await matching(client, "VM-template", args, (one) => named(one, args)),
    "templates",
    args,
  );
  return {
    id: text(template, "id"),
    uuid: text(template, "uuid"),
    bootFirmware: text(nested(template, "boot"), "firmware"),
  };
});

function vmProperties(vm: XoObject): Properties {
  const [memoryMin = 0, memoryMax = 0] = integers(nested(vm, "memory"), "static");
  const addresses = nested(vm, "addresses");
  const of = (protocol: string): string[] =>
    Object.keys(addresses)
      .filter((key) => key.includes(protocol))
      .sort()
      .map((key) => text(addresses, key));
  return {
    id: text(vm, "id"),
    nameLabel: text(vm, "name_label"),
    nameDescription: text(vm, "name_description"),
    cpus: integer(nested(vm, "CPUs"), "number"),
    memoryMin,
    memoryMax,
    tags: texts(vm, "tags"),
    powerState: text(vm, "power_state"),
    host: text(vm, "$container"),
    affinityHost: text(vm, "affinityHost"),
    autoPoweron: flag(vm, "auto_poweron"),
    highAvailability: text(vm, "high_availability"),
    resourceSet: text(vm, "resourceSet"),
    ipv4Addresses: of("ipv4"),
    ipv6Addresses: of("ipv6"),
    // Not looked up, only there to fit the type.
    template: "",
    disks: [],
    networks: [],
  };
}

const getXoaVms = look(
  { poolId: requiredText, host: optionalText, powerState: optionalText },
  async (client, args) => {
    const [powerState, host, poolId] = [
      textOf(args, "powerState"),
      textOf(args, "host"),
      textOf(args, "poolId"),
    ];
    // The conditions are joined by "or" unless both of the first two are given: a pool alone takes all its VMs.
    const fits = (vm: XoObject): boolean => {
      const inState = powerState !== "" && text(vm, "power_state") === powerState;
      const onHost = host !== "" && text(vm, "$container") === host;
      if (powerState !== "" && host !== "") return inState && onHost;
      return inState || onHost || text(vm, "$poolId") === poolId;
    };
    const vms = await matching(client, "VM", args, fits);
    return { id: String(crc32(`${powerState}-${poolId}-${host}-`)), vms: vms.map(vmProperties) };
  },
);

/** The look-ups by token. */
export const functions: Readonly<Record<string, ProviderFunction<XoClient>>> = {
  "xenorchestra:index/getXoaPool:getXoaPool": getXoaPool,
  "xenorchestra:index/getXoaHost:getXoaHost": getXoaHost,
  "xenorchestra:index/getXoaHosts:getXoaHosts": getXoaHosts,
  "xenorchestra:index/getXoaNetwork:getXoaNetwork": getXoaNetwork,
  "xenorchestra:index/getXoaStorageRepository:getXoaStorageRepository": getXoaStorageRepository,
  "xenorchestra:index/getXoaTemplate:getXoaTemplate": getXoaTemplate,
  "xenorchestra:index/getXoaVms:getXoaVms": getXoaVms,
};
