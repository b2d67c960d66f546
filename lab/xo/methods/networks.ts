import { z } from "zod";
import { forbiddenOperation, invalidParameters, noSuchObject } from "../errors.ts";
import type { NetworkRecord, PifRecord } from "../records.ts";
import { anyText, flag, integer, text } from "../rpc/fields.ts";
import { type Call, type Method, method } from "../rpc/method.ts";
import { newId } from "../stable-id.ts";
import { putObject, remove } from "../store.ts";

function nextBridge(call: Call): string {
  const taken = new Set(call.relations.all("network").map((network) => network.bridge));
  let number = 0;
  while (taken.has(`xapi${number}`)) number++;
  return `xapi${number}`;
}

/** A VLAN is made on every host, on the card of the same name as the one that was given. */
function vlanPifs(call: Call, base: PifRecord, vlan: number, network: string, mtu: number): PifRecord[] {
  const all = call.relations.all("PIF");
  if (all.some((pif) => pif.pool === base.pool && pif.device === base.device && pif.vlan === vlan)) {
    throw invalidParameters(`VLAN ${vlan} is on ${base.device} already`);
  }
  return all
    .filter((pif) => pif.pool === base.pool && pif.device === base.device && pif.vlan === -1)
    .map((pif) => {
      const id = newId();
      return { ...pif, id, uuid: id, network, vlan, mtu, ip: "", management: false };
    });
}

/** Networks of a pool. */
export const networkMethods: Readonly<Record<string, Method>> = {
  "network.create": method(
    z.strictObject({
      pool: text,
      name: text,
      description: anyText.optional(),
      mtu: integer.positive().optional(),
      nbd: flag.optional(),
      pif: text.optional(),
      vlan: integer.min(0).max(4094).optional(),
    }),
    async (call, given) => {
      const pool = call.get(given.pool, "pool", "administrate");
      const id = newId();
      const network: NetworkRecord = {
        id,
        uuid: id,
        type: "network",
        pool: pool.id,
        tags: [],
        name_label: given.name,
        name_description: given.description ?? "Created with Xen Orchestra",
        bridge: nextBridge(call),
        mtu: given.mtu ?? 1500,
        automatic: false,
        defaultIsLocked: false,
        nbd: given.nbd ?? false,
        insecureNbd: false,
        otherConfig: {},
      };
      let pifs: PifRecord[] = [];
      if (given.pif !== undefined) {
        const base = call.relations.get("PIF", given.pif);
        if (!base) throw noSuchObject(given.pif, "PIF");
        pifs = vlanPifs(call, base, given.vlan ?? 0, id, network.mtu);
      }
      await call.xo.store.commit([network, ...pifs].map(putObject));
      call.xo.events.add(`network ${network.name_label} created`, network);
      return id;
    },
  ),

  "network.set": method(
    z.strictObject({
      id: text,
      name_label: text.optional(),
      name_description: anyText.optional(),
      automatic: flag.optional(),
      defaultIsLocked: flag.optional(),
      nbd: flag.optional(),
    }),
    async (call, { id, ...change }) => {
      const network = call.get(id, "network", "administrate");
      const next: NetworkRecord = {
        ...network,
        name_label: change.name_label ?? network.name_label,
        name_description: change.name_description ?? network.name_description,
        automatic: change.automatic ?? network.automatic,
        defaultIsLocked: change.defaultIsLocked ?? network.defaultIsLocked,
        nbd: change.nbd ?? network.nbd,
      };
      await call.xo.store.commit([putObject(next)]);
    },
  ),

  "network.delete": method(z.strictObject({ id: text }), async (call, { id }) => {
    const network = call.get(id, "network", "administrate");
    const pifs = call.relations.of("PIF", id);
    if (call.relations.of("VIF", id).length > 0) throw forbiddenOperation("Delete", "VMs use the network");
    if (pifs.some((pif) => pif.vlan === -1))
      throw forbiddenOperation("Delete", "a physical card is in the network");
    await call.xo.store.commit([id, ...pifs.map((pif) => pif.id)].map((each) => remove("objects", each)));
    call.xo.events.add(`network ${network.name_label} deleted`, network);
  }),
};
