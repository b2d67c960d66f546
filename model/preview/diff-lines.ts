import { tryValueChanges, type ValueChange } from "../allrisnet/value-changes.ts";
import { formatSize } from "../size.ts";
import type { PropertyChange, ResourceChange } from "./changes.ts";
import { hidden, patternOf, valueAt } from "./property-path.ts";
import { shorten, shortenPair } from "./text.ts";

/** Characters of one value. */
const widest = 110;

/** What is told of a new resource; its name says enough of all others. */
const told: Readonly<Record<string, readonly string[]>> = {
  "xenorchestra:index/vm:Vm": [
    "nameLabel",
    "cpus",
    "memoryMax",
    "disks[0].size",
    "networks[0].expectedIpCidr",
    "highAvailability",
  ],
  "cloudflare:index/dnsRecord:DnsRecord": ["type", "name", "content", "data.value", "proxied"],
  "cloudflare:index/zone:Zone": ["name"],
  "cloudflare:index/originCaCertificate:OriginCaCertificate": ["hostnames", "requestedValidity"],
  "xenops:index:BackupJob": ["schedule.cron", "retention"],
  "xenops:index:BackupRepository": ["name", "url"],
  "xenops:index:Release": ["version"],
};

/** A line of a diff; the sign is what it begins with. */
export interface DiffLine {
  readonly sign: "+" | "-" | "!" | " ";
  readonly text: string;
}

/** What changes of a resource, as the lines of a diff. */
export function diffLines(change: ResourceChange): readonly DiffLine[] {
  const { op, name, type, unprotected } = change;
  const title = `${name} (${shortType(type)})`;
  const lifted: DiffLine[] = unprotected ? [{ sign: "!", text: "  protection lifted" }] : [];
  switch (op) {
    case "create":
      return [{ sign: "+", text: title }, ...inputLines(change)];
    case "delete":
      return [{ sign: "-", text: title }];
    case "import":
      return [{ sign: "!", text: `${title} is taken over` }, ...propertyLines(change)];
    case "replace":
      return [{ sign: "!", text: `${title} is replaced` }, ...lifted, ...propertyLines(change)];
    case "update":
    case "same":
      return [{ sign: " ", text: title }, ...lifted, ...propertyLines(change)];
  }
}

/** `xenorchestra:index/vm:Vm` → `xenorchestra Vm` */
export function shortType(type: string): string {
  const [pack = "", ...rest] = type.split(":");
  return `${pack} ${rest.at(-1) ?? ""}`;
}

function propertyLines({ type, name, properties }: ResourceChange): readonly DiffLine[] {
  return properties.flatMap((property) => {
    if (property.secret) return [{ sign: "!", text: `  ${property.path}: ${hidden} changed` } as const];
    const values =
      type === "command:remote:Command" && property.path === "stdin" ? valueLines(property, name) : undefined;
    return values ?? pairLines(property);
  });
}

function pairLines({ path, pattern, before, after }: PropertyChange): readonly DiffLine[] {
  const [old, fresh] = shortenPair(show(before, pattern), show(after, pattern), widest);
  return [
    ...(before === undefined ? [] : [{ sign: "-", text: `  ${path}: ${old}` } as const]),
    ...(after === undefined ? [] : [{ sign: "+", text: `  ${path}: ${fresh}` } as const]),
  ];
}

/** A roll-out's standard input by its keys, which are those of the tenant file. */
function valueLines({ before, after }: PropertyChange, name: string): readonly DiffLine[] | undefined {
  const found = tryValueChanges(before, after);
  if (found === undefined) return undefined;
  if (found.changes.length === 0) {
    return [
      {
        sign: "!",
        text: `  ${name.endsWith("-apply") ? "defaults, programs or templates of the farm" : "nothing by its keys"}`,
      },
    ];
  }
  return found.changes.flatMap(valueLine);
}

function valueLine({ key, before, after, defaultBefore, defaultAfter }: ValueChange): readonly DiffLine[] {
  const [old, fresh] = shortenPair(before ?? "none", after ?? "none", widest);
  const mark = (isDefault: boolean): string => (isDefault ? " (default)" : "");
  return [
    { sign: "-", text: `  ${key}: ${old}${mark(defaultBefore)}` },
    { sign: "+", text: `  ${key}: ${fresh}${mark(defaultAfter)}` },
  ];
}

/** What a new resource is, in a few lines. */
function inputLines({ type, inputs }: ResourceChange): readonly DiffLine[] {
  return (told[type] ?? []).flatMap((path): DiffLine[] => {
    const found = valueAt(inputs, path);
    if (found.secret || found.value === undefined) return [];
    return [{ sign: "+", text: `  ${path}: ${shorten(show(found.value, patternOf(path)), widest)}` }];
  });
}

const sizes = new Set(["memoryMax", "memoryMin", "disks[].size"]);

function show(value: unknown, pattern: string): string {
  if (typeof value === "number" && sizes.has(pattern) && value > 0 && Number.isInteger(value))
    return formatSize(value);
  return JSON.stringify(value, (_key, part: unknown) => (isUnknown(part) ? "(known later)" : part)) ?? "none";
}

/** What the engine writes for a value that only an update makes. */
function isUnknown(value: unknown): boolean {
  return value === "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
}
