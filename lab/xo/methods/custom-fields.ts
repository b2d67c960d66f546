import { z } from "zod";
import { customFieldKey } from "../custom-fields.ts";
import { XapiError } from "../errors.ts";
import type { RecordTypes, XoRecord } from "../records.ts";
import { text } from "../rpc/fields.ts";
import { type Call, type Method, method } from "../rpc/method.ts";
import { putObject } from "../store.ts";

/** XO takes every object; these have an `other_config` here. */
const types = [
  "pool",
  "host",
  "SR",
  "network",
  "VM",
  "VM-template",
  "VM-snapshot",
  "VM-controller",
  "VDI",
  "VDI-snapshot",
] as const;

function find(call: Call, id: string): RecordTypes[(typeof types)[number]] {
  return call.get(id, types, "administrate");
}

async function change(call: Call, id: string, name: string, value: string | undefined): Promise<void> {
  const object = find(call, id);
  const { [customFieldKey(name)]: _old, ...others } = object.otherConfig;
  const otherConfig = value === undefined ? others : { ...others, [customFieldKey(name)]: value };
  await call.xo.store.commit([putObject({ ...object, otherConfig } as XoRecord)]);
  const shown = value === undefined ? "is removed" : `is "${value}"`;
  call.xo.events.add(`${object.name_label}: custom field ${name} ${shown}`, object);
}

const withValue = z.strictObject({ id: text, name: text, value: text });

/** Custom fields, as packages/xo-server/src/api/custom-field.mjs has them. */
export const customFieldMethods: Readonly<Record<string, Method>> = {
  "customField.add": method(withValue, (call, { id, name, value }) => {
    const key = customFieldKey(name);
    const { type, otherConfig } = find(call, id);
    if (Object.hasOwn(otherConfig, key)) {
      throw new XapiError("MAP_DUPLICATE_KEY", type, "other_config", `OpaqueRef:${id}`, key);
    }
    return change(call, id, name, value);
  }),

  "customField.set": method(withValue, (call, { id, name, value }) => change(call, id, name, value)),

  "customField.remove": method(z.strictObject({ id: text, name: text }), (call, { id, name }) =>
    change(call, id, name, undefined),
  ),
};
