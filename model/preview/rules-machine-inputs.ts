import type { ImpactRule } from "./rule.ts";

const update = {
  resource: "xenorchestra:index/vm:Vm",
  op: "update",
  level: "calm",
  outage: 0,
  window: false,
  impact: "changed in place",
} as const;

/** Inputs that the official provider and XO change on a running machine without anybody noticing. */
const inPlace: readonly (readonly [path: string, why: string])[] = [
  ["nameLabel", "The name in XO; the provider finds a machine by it after a change, so it stays unique."],
  ["nameDescription", "Text in XO."],
  ["tags[]", "Tags in XO; those of the farm say whose machine it is."],
  ["startDelay", "Counts when hosts fail."],
  ["affinityHost", "Counts at the next start."],
  ["autoPoweron", "Counts when a host starts; with high availability on, XO does not use it."],
  ["memoryMin", "The provider changes it without a stop."],
  ["xenstore", "Written to the running machine."],
  ["resourceSet", "Who may use the machine in XO."],
  ["disks[].nameLabel", "Text in XO."],
  ["disks[].nameDescription", "Text in XO."],
];

/** Inputs that only count when a machine is made: the provider shows a change and sends nothing. */
const createOnly = ["cloudConfig", "cloudNetworkConfig", "cloneType", "installationMethod"];

/** Inputs that the provider accepts and never sends. */
const unsent = ["coreOs", "cpuCap", "cpuWeight", "host"];

/** Inputs that XO sets at once and the machine takes up when it starts. */
const nextStart = ["hvmBootFirmware", "secureBoot", "expNestedHvm", "vga", "videoram"];

/** Inputs of a machine that nobody notices when they change, or that do nothing to a machine that is there. */
export const machineInputRules: readonly ImpactRule[] = [
  ...inPlace.map(([path, why]): ImpactRule => ({ ...update, id: `vm-${idOf(path)}`, path, why })),
  ...createOnly.map(
    (path): ImpactRule => ({
      ...update,
      id: `vm-${idOf(path)}`,
      path,
      level: "notice",
      impact: "no effect",
      why: "Counts only when a machine is made: the provider shows the change and sends nothing to this one.",
    }),
  ),
  ...unsent.map(
    (path): ImpactRule => ({
      ...update,
      id: `vm-${idOf(path)}`,
      path,
      level: "notice",
      impact: "no effect",
      why: "The provider accepts it and never sends it.",
    }),
  ),
  ...nextStart.map(
    (path): ImpactRule => ({
      ...update,
      id: `vm-${idOf(path)}`,
      path,
      level: "notice",
      impact: "at the next start",
      why: "XO sets it at once; the machine takes it up when it starts.",
    }),
  ),
];

function idOf(path: string): string {
  return path
    .replaceAll(/\[\]\.?/g, "-")
    .replace(/-$/, "")
    .replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
