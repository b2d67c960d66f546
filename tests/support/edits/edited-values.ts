import type { SizeClass, TenantInput } from "../../../model/tenant-input.ts";

/** Parameters of ALLRIS net that an edit may switch, with what they are when nothing is said. */
export const switches: Readonly<Record<string, boolean>> = {
  "citizens.modules.minutes": true,
  "citizens.modules.factions": true,
  "citizens.modules.map": false,
  "citizens.feeds.ical": true,
  "politicians.documents.download": true,
};

/** `branding.primaryColor` when nothing is said. */
export const defaultColour = "#003366";

/** What an administration's machine has. */
export interface Figures {
  readonly cpus: number;
  /** GiB. */
  readonly memory: number;
  /** GiB. */
  readonly disk: number;
}

/** As in Pulumi.lab.yaml. */
const classes: Readonly<Record<SizeClass, Figures>> = {
  small: { cpus: 2, memory: 2, disk: 20 },
  medium: { cpus: 2, memory: 4, disk: 40 },
  large: { cpus: 4, memory: 8, disk: 80 },
};

/** What a size comes to. */
export function figuresOf(size: TenantInput["size"] = "small"): Figures {
  if (typeof size === "string") return classes[size];
  const gibibytes = (text: string): number => Number(text.replace(" GiB", ""));
  return { cpus: size.cpus, memory: gibibytes(size.memory), disk: gibibytes(size.disk) };
}

/** All host names of an administration, its own first. */
export function namesOf({ domain, aliases = [] }: TenantInput): readonly string[] {
  return [domain, ...aliases];
}

/** The zone of ours that an administration's names lie in. */
export function zoneOf({ dns }: TenantInput): string | undefined {
  return dns.mode === "ours" ? dns.zone : undefined;
}

/** Whether a site is being wound up. */
export function isEnding({ lifecycle }: TenantInput): boolean {
  return lifecycle?.state === "terminating";
}

/** Changes a member of plain data in place, and makes the objects on the way to it. */
export function put(target: object, path: readonly string[], value: unknown): void {
  const [first = "", ...rest] = path;
  if (rest.length === 0) {
    if (value === undefined) Reflect.deleteProperty(target, first);
    else Reflect.set(target, first, structuredClone(value));
    return;
  }
  if (typeof Reflect.get(target, first) !== "object") Reflect.set(target, first, {});
  put(Reflect.get(target, first) as object, rest, value);
}
