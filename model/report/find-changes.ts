import type { AppliedChange } from "../applied.ts";
import { type Month, monthOf } from "../berlin-time.ts";
import { germanCount } from "../german.ts";
import { formatSize } from "../size.ts";
import type { Tenant } from "../tenant.ts";
import { berlinDay } from "../traffic-calendar.ts";
import type { ChangeEvidence } from "./evidence.ts";

/** What somebody did on a machine, as the audit log has it. */
export interface NotedDeed {
  /** RFC 3339. */
  readonly at: string;
  /** "restart", "ssh", "move-pool", "patches". */
  readonly what: string;
  readonly detail: string;
  /** Packages that were changed by patches. @default 0 */
  readonly packages?: number | undefined;
  readonly ticket?: string | undefined;
}

/** Kinds of deeds that a customer is told of; a look into logs changes nothing, and an end belongs to its beginning. */
const told: Readonly<Record<string, ChangeEvidence["kind"]>> = {
  restart: "restart",
  ssh: "access",
  "move-pool": "move",
  patches: "patches",
};

const parts: Readonly<Record<string, string>> = { application: "Anwendung", web: "Webserver" };

/** What a customer reads of a deed's details; whatever else was noted stays with the provider. */
function partOf(kind: ChangeEvidence["kind"], { detail, packages = 0 }: NotedDeed): string | undefined {
  if (kind === "restart") return parts[detail];
  return kind === "patches" && packages > 0 ? germanCount(packages, "Paket", "Pakete") : undefined;
}

/** What the farm's own records say of changes at one site. */
export interface NotedChanges {
  readonly deeds: readonly NotedDeed[];
  /** What runs of the engine changed there. */
  readonly applied: readonly AppliedChange[];
}

/**
 * The orders, interventions and applied changes of a month, oldest first. Who of the operators it was and what was typed
 * stays with the provider. What an order of the month asked for is told there, with the instant of its execution, and
 * not once more.
 * @param labels German labels of parameters by their keys
 */
export function changeEvidence(
  { changes }: Pick<Tenant, "changes">,
  { deeds, applied }: NotedChanges,
  month: Month,
  labels: ReadonlyMap<string, string>,
): readonly ChangeEvidence[] {
  const isOfMonth = ({ at }: { readonly at: string }): boolean => monthOf(new Date(at)) === month;
  const orders = changes.filter(({ on }) => on.startsWith(month)).map((order) => new Order(order, labels));
  const own = applied
    .filter(isOfMonth)
    .toSorted((a, b) => (a.at < b.at ? -1 : 1))
    .flatMap((change) => appliedEvidence(change, orders, labels));
  const done = deeds.filter(isOfMonth).flatMap((deed): ChangeEvidence[] => {
    const { at, what, ticket } = deed;
    const kind = told[what];
    if (kind === undefined) return [];
    const part = partOf(kind, deed);
    return [
      {
        at,
        kind,
        ...(part === undefined ? {} : { what: part }),
        ...(ticket === undefined ? {} : { ticket }),
      },
    ];
  });
  return [...orders.map((order) => order.evidence), ...done, ...own].sort((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : 0,
  );
}

/** An order of the tenant file, and when it was carried out. */
class Order {
  readonly #order: Tenant["changes"][number];
  readonly #labels: ReadonlyMap<string, string>;
  #appliedAt: string | undefined;
  #detail: string | undefined;

  constructor(order: Tenant["changes"][number], labels: ReadonlyMap<string, string>) {
    this.#order = order;
    this.#labels = labels;
  }

  /** Takes a change for its own, unless it was carried out before or given after. */
  tryTake(keys: readonly string[], at: string, detail?: string): boolean {
    const { on, what } = this.#order;
    const isOwn = keys.some(
      (key) => what === key || what.startsWith(`${key}.`) || key.startsWith(`${what}.`),
    );
    // One order may be of several fields, which the same run changes.
    const isDone = this.#appliedAt !== undefined && this.#appliedAt !== at;
    if (!isOwn || isDone || on > berlinDay(new Date(at))) return false;
    this.#appliedAt = at;
    this.#detail = detail;
    return true;
  }

  get evidence(): ChangeEvidence {
    const { on, by, ticket, what } = this.#order;
    const name = nameOf(what, this.#labels);
    return {
      ...{ at: on, kind: "order", by, ticket },
      what: this.#detail === undefined ? name : `${name}: ${this.#detail}`,
      ...(this.#appliedAt === undefined ? {} : { appliedAt: this.#appliedAt }),
    };
  }
}

/** Fields of the tenant file that are no parameters of ALLRIS net, as a customer reads them. */
const fieldNames: Readonly<Record<string, string>> = {
  name: "Name der Verwaltung",
  kind: "Art der Verwaltung",
  ags: "Amtlicher Gemeindeschlüssel",
  bodies: "Körperschaften",
  domain: "Domain",
  aliases: "Weitere Domains",
  size: "Größe des Servers",
  certificate: "TLS-Zertifikat",
  contact: "Ansprechadresse",
  contract: "Vertragsangaben",
  links: "Verweise",
  "links.imprint": "Verweis auf das Impressum",
  "links.privacy": "Verweis auf den Datenschutz",
  "links.accessibility": "Verweis auf die Barrierefreiheit",
  "links.home": "Verweis auf die Startseite der Verwaltung",
  locale: "Schreibweise von Datum und Zahlen",
  languages: "Sprachen",
  statusPage: "Statusseite",
};

/** "Hauptfarbe (branding.primaryColor)" */
function nameOf(key: string, labels: ReadonlyMap<string, string>): string {
  const [first = ""] = key.split(".");
  const label = labels.get(key) ?? fieldNames[key] ?? fieldNames[first];
  return label === undefined ? key : `${label} (${key})`;
}

/** What is told of an applied change beside the orders; they take what they asked for. */
function appliedEvidence(
  change: AppliedChange,
  orders: readonly Order[],
  labels: ReadonlyMap<string, string>,
): readonly ChangeEvidence[] {
  const { at, kind } = change;
  if (kind === "settings") {
    const left = change.keys.filter((key) => !orders.some((order) => order.tryTake([key], at)));
    const what = left.map((key) => nameOf(key, labels)).join("; ");
    return left.length === 0 ? [] : [{ at, kind, what }];
  }
  const what = appliedText(change);
  return orders.some((order) => order.tryTake(fields[kind], at, what)) ? [] : [{ at, kind, what }];
}

/** Fields of the tenant file that a change comes from. */
const fields: Readonly<Record<Exclude<AppliedChange["kind"], "settings">, readonly string[]>> = {
  release: ["release"],
  size: ["size"],
  domain: ["domain", "aliases"],
  certificate: ["certificate"],
};

const issuers: Readonly<Record<string, string>> = {
  acme: "automatisch über ACME",
  "cloudflare-origin": "Cloudflare",
  customer: "vom Auftraggeber beigestellt",
};

/** What a customer reads of a change: what it is now. */
function appliedText(change: Exclude<AppliedChange, { readonly kind: "settings" }>): string {
  switch (change.kind) {
    case "release":
      return `ALLRIS net ${change.to} (vorher ${change.from})`;
    case "size":
      return `${germanCount(change.cpus, "CPU", "CPUs")}, ${formatSize(change.memory)} Arbeitsspeicher, ${formatSize(change.disk)} Festplatte`;
    case "domain":
      return [change.domain, ...change.aliases].join(", ");
    case "certificate":
      return issuers[change.issuer] ?? change.issuer;
  }
}
