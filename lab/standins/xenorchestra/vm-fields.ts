import type { VmDisk, VmNetwork } from "@pulumi/xenorchestra/types/input.js";
import type { VmArgs } from "@pulumi/xenorchestra/vm.js";
import type { Value } from "../../../providers/kit/types.ts";
import type { Field } from "../fields.ts";
import { parseCidr } from "./cidr.ts";
import { normalizeMac } from "./mac.ts";

const optionalText: Field = { type: "string" };
const computedText: Field = { type: "string", computed: true };
const computedTexts: Field = { type: { list: { type: "string" } }, computed: true };
const requiredText: Field = { type: "string", required: true };
const off: Field = { type: "boolean", default: false };
const attached: Field = { type: "boolean", default: true };

const positive = (value: Value): string | undefined =>
  typeof value === "number" && value >= 1 ? undefined : `must be at least 1, got ${JSON.stringify(value)}`;

const macAddress: Field = {
  type: "string",
  computed: true,
  refuse: (value) => (normalizeMac(String(value)) ? undefined : `${String(value)} is no MAC address`),
  same: (old, planned) => normalizeMac(String(old)) === normalizeMac(String(planned)),
};

const expectedIpCidr: Field = {
  type: "string",
  default: "",
  refuse: (value) =>
    value === "" || parseCidr(String(value)) ? undefined : `${String(value)} is no address range`,
};

/** The fields of a disk. */
const diskFields = {
  srId: requiredText,
  nameLabel: requiredText,
  nameDescription: optionalText,
  size: { type: "integer", required: true, refuse: positive },
  attached,
  position: computedText,
  vbdId: computedText,
  vdiId: computedText,
} satisfies Record<keyof VmDisk, Field>;

/** The fields of a network card. */
const networkFields = {
  networkId: requiredText,
  macAddress,
  attached,
  expectedIpCidr,
  device: computedText,
  ipv4Addresses: computedTexts,
  ipv6Addresses: computedTexts,
} satisfies Record<keyof VmNetwork, Field>;

/** The inputs of a Vm with their defaults and what a change of them does. */
export const vmFields = {
  nameLabel: requiredText,
  nameDescription: optionalText,
  template: { type: "string", required: true, replaces: true },
  cpus: { type: "integer", required: true, refuse: positive },
  memoryMax: { type: "integer", required: true, refuse: positive },
  memoryMin: { type: "integer", computed: true },
  disks: { type: { list: { type: { object: diskFields } } }, required: true },
  networks: { type: { list: { type: { object: networkFields } } }, required: true },
  powerState: { type: "string", default: "Running", oneOf: ["Halted", "Paused", "Running", "Suspended"] },
  autoPoweron: off,
  highAvailability: { type: "string", default: "", oneOf: ["", "best-effort", "restart"] },
  startDelay: { type: "integer", default: 0 },
  affinityHost: optionalText,
  blockedOperations: { type: { set: { type: "string" } } },
  tags: { type: { set: { type: "string" } } },
  resourceSet: optionalText,
  hvmBootFirmware: { type: "string", default: "bios", oneOf: ["bios", "uefi"] },
  secureBoot: off,
  expNestedHvm: off,
  vga: { type: "string", default: "std", oneOf: ["", "cirrus", "std"] },
  videoram: { type: "integer", default: 8 },
  xenstore: { type: { map: { type: "string" } } },
  cdrom: { type: { object: { id: requiredText } } },
  destroyCloudConfigVdiAfterBoot: { type: "boolean", default: false, replaces: true },
  cloudConfig: optionalText,
  cloudNetworkConfig: optionalText,
  cloneType: { type: "string", default: "fast", oneOf: ["fast", "full"] },
  installationMethod: { type: "string", oneOf: ["network"] },
  coreOs: off,
  cpuCap: { type: "integer", default: 0 },
  cpuWeight: { type: "integer", default: 0 },
  host: optionalText,
} satisfies Record<keyof VmArgs, Field>;

/** What only exists as an output. */
export const vmOutputs = ["ipv4Addresses", "ipv6Addresses"] as const;

/** What XO never tells: it is carried over from the state. */
export const unreadable = [
  "template",
  "cloudConfig",
  "cloudNetworkConfig",
  "cloneType",
  "installationMethod",
  "destroyCloudConfigVdiAfterBoot",
  "coreOs",
  "cpuCap",
  "cpuWeight",
  "host",
] as const satisfies readonly (keyof VmArgs)[];
