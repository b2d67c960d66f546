import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMap, parseDocument } from "yaml";
import { editTenantText, newTenantText } from "../../../loading/tenant-text.ts";
import type { TenantInput } from "../../../model/tenant-input.ts";
import { project } from "../project.ts";
import type { Edit, Issuer } from "./edit.ts";
import { type Figures, figuresOf, isEnding, namesOf, put, switches, zoneOf } from "./edited-values.ts";

/** Zones of the lab's settings; one further number stands for a zone that the administration keeps. */
const zones = ["hohenbrueck.example", "amt-seenplatte-nord.example"] as const;
const labels = [
  "ratsinfo",
  "gremien",
  "sitzung",
  "rat",
  "kreistag",
  "buerger",
  "www",
  "info",
  "amt",
  "stadt",
];

/** One administration: what its file says, and what it was given. */
export interface Edited {
  readonly input: TenantInput;
  /** Undefined as long as no run has made it. */
  given: Given | undefined;
}

/** What the last run that could change an administration's site gave it. */
export interface Given {
  /** As its file was then; a site that is being wound up stays so. */
  readonly input: TenantInput;
  /** Of its machine: a change that stops it waits until it may. */
  readonly figures: Figures;
  /** Settings as they were then. */
  readonly startDelay: number;
  readonly ttl: number;
}

/** Edits of an administration that is being wound up: its names and its certificate are left alone. */
const duringEnd: ReadonlySet<Edit["kind"]> = new Set([
  "name",
  "contact",
  "parameter",
  "colour",
  "resize",
  "retention",
  "terminate",
]);

type Change = readonly [path: string, value: unknown];

/**
 * The files of a farm that is edited at random, and what they say, kept beside them without reading them: changes of
 * tenant files go through the farm's own editor.
 */
export class EditedFiles {
  readonly administrations = new Map<string, Edited>();
  readonly #most: number;
  #made = 0;
  /** `ha.startDelaySeconds` of the pool. */
  startDelay = 1;
  /** `defaults.ttl`. */
  ttl = 300;

  /** @param most so many administrations there are at most */
  constructor(most: number) {
    this.#most = most;
    rmSync(join(project, "tenants"), { recursive: true, force: true });
    mkdirSync(join(project, "tenants"));
    this.#set("ttl", this.ttl, "defaults");
    this.#set("startDelaySeconds", this.startDelay, "pools", "nord", "ha");
  }

  /** Makes an edit, as far as it means anything here. Returns what was done, for the record. */
  apply(edit: Edit): string | undefined {
    switch (edit.kind) {
      case "new":
        return this.#add(edit);
      case "start-delay":
        this.startDelay = edit.seconds;
        this.#set("startDelaySeconds", edit.seconds, "pools", "nord", "ha");
        return `start delay ${edit.seconds} s`;
      case "ttl":
        this.ttl = edit.seconds;
        this.#set("ttl", edit.seconds, "defaults");
        return `ttl ${edit.seconds} s`;
      default: {
        const all = [...this.administrations.values()];
        const one = all[edit.who % all.length];
        const changes = one === undefined ? [] : this.#changes(edit, one);
        if (one === undefined || changes.length === 0) return undefined;
        this.#change(one, changes);
        return `${one.input.id}: ${changes.map(([path, value]) => `${path} = ${JSON.stringify(value)}`).join(", ")}`;
      }
    }
  }

  /** Takes a file away. Returns what puts it back. */
  lose(id: string): () => void {
    const away = join(project, `${id}.lost`);
    renameSync(fileOf(id), away);
    return () => renameSync(away, fileOf(id));
  }

  #add({ zone, issuer, size }: Extract<Edit, { kind: "new" }>): string | undefined {
    if (this.administrations.size >= this.#most) return undefined;
    const number = ++this.#made;
    const id = `gemeinde-${String(number).padStart(3, "0")}`;
    const ours = zones[zone];
    const domain = this.#freeName(id, ours ?? foreignZone(id), 0);
    if (domain === undefined) return undefined;
    const home = `https://www.${id}.example`;
    const input: TenantInput = {
      id,
      name: `Gemeinde ${number}`,
      kind: "gemeinde",
      domain,
      dns: ours === undefined ? { mode: "theirs" } : { mode: "ours", zone: ours },
      pool: "nord",
      address: `198.18.10.${10 + number}`,
      size,
      certificate: certificateOf(id, ours === undefined && issuer === "cloudflare-origin" ? "acme" : issuer),
      links: {
        imprint: `${home}/impressum`,
        privacy: `${home}/datenschutz`,
        accessibility: `${home}/barrierefreiheit`,
        home: `${home}/`,
      },
      contact: { email: `rat@${id}.example` },
      contract: { customer: `Gemeinde ${number}`, number: `R-2026-${number}`, liveFrom: "2026-11-01" },
      allrisnet: {
        release: "4.1.7",
        citizens: {
          accessibility: {
            feedbackEmail: `rat@${id}.example`,
            enforcementBodyUrl: "https://www.land-kuestenring.example/durchsetzungsstelle",
            statementDate: "2026-03-02",
          },
        },
      },
    };
    writeFileSync(fileOf(id), newTenantText(input));
    this.administrations.set(id, { input, given: undefined });
    return `${id} is new: ${domain}, ${input.certificate?.issuer}`;
  }

  /** What an edit changes in a tenant file; nothing where it makes no sense for this administration. */
  #changes(edit: Exclude<Edit, { kind: "new" | "start-delay" | "ttl" }>, { input, given }: Edited): Change[] {
    const { id, domain, aliases = [], dns, certificate = { issuer: "acme" } } = input;
    const zone = dns.mode === "ours" ? dns.zone : foreignZone(id);
    if (isEnding(input) && !duringEnd.has(edit.kind)) return [];
    switch (edit.kind) {
      case "name":
        return [["name", `Gemeinde Neuenbrück ${edit.number}`]];
      case "contact":
        return [["contact.email", `rat${edit.number}@${id}.example`]];
      case "parameter": {
        const keys = Object.keys(switches);
        return [[`allrisnet.${keys[edit.at % keys.length]}`, edit.on]];
      }
      case "colour":
        return [["allrisnet.branding.primaryColor", edit.colour]];
      case "resize": {
        // A disk never shrinks: the farm refuses it.
        const least = figuresOf(input.size).disk;
        return figuresOf(edit.size).disk < least ? [] : [["size", edit.size]];
      }
      case "rename-domain": {
        const next = this.#freeName(id, zone, edit.label);
        if (next === undefined || (edit.keepsOld && !hasGivenIssuer(input, given))) return [];
        return edit.keepsOld
          ? [
              ["domain", next],
              ["aliases", [...aliases, domain]],
            ]
          : [["domain", next]];
      }
      case "alias": {
        const name = `${labels[edit.label % labels.length]}.${zone}`;
        if (aliases.includes(name as never)) return [["aliases", aliases.filter((alias) => alias !== name)]];
        return this.#claims().has(name) ? [] : [["aliases", [...aliases, name]]];
      }
      case "issuer":
        if (edit.issuer === certificate.issuer) return [];
        if (edit.issuer === "cloudflare-origin" && dns.mode === "theirs") return [];
        // The domain of before is an alias now: its CAA record has to go with a run before that.
        if (given !== undefined && aliases.includes(given.input.domain)) return [];
        return [["certificate", certificateOf(id, edit.issuer)]];
      case "rotation":
        if (certificate.issuer !== "cloudflare-origin") return [];
        return [["certificate.rotation", (certificate.rotation ?? 1) + 1]];
      case "dns":
        return this.#moveNames(edit, input, zone);
      case "retention":
        return [["backup.retention.daily", edit.daily]];
      case "terminate":
        if (isEnding(input)) return [["lifecycle", undefined]];
        // An order freezes what is there: other names or another certificate of the same run would come beside it.
        if (given !== undefined && !isSamePlace(input, given.input)) return [];
        return [
          [
            "lifecycle",
            {
              state: "terminating",
              since: "2026-11-02",
              deleteAfter: "2099-01-31",
              orderedBy: "Frau Sommer, letter of 2026-11-02",
            },
          ],
        ];
    }
  }

  /** Other names in another zone, ours or theirs. */
  #moveNames(
    { zone, label }: Extract<Edit, { kind: "dns" }>,
    { id, certificate, dns }: TenantInput,
    from: string,
  ): Change[] {
    const ours = zones[zone];
    const to = ours ?? foreignZone(id);
    const next = this.#freeName(id, to, label);
    if (to === from || next === undefined) return [];
    // A zone that serves nobody any more is protected, and its own decision.
    const others = [...this.administrations.values()].filter(({ input }) => input.id !== id);
    if (dns.mode === "ours" && !others.some(({ input }) => zoneOf(input) === from)) return [];
    return [
      ["domain", next],
      ["aliases", undefined],
      ["dns", ours === undefined ? { mode: "theirs" } : { mode: "ours", zone: ours }],
      ...(ours === undefined && certificate?.issuer === "cloudflare-origin"
        ? ([["certificate", undefined]] as const)
        : []),
    ];
  }

  #change(one: Edited, changes: readonly Change[]): void {
    const file = fileOf(one.input.id);
    const edits = changes.map(([path, value]) => ({ path: path.split("."), value }));
    writeFileSync(file, editTenantText(readFileSync(file, "utf8"), edits, file));
    for (const [path, value] of changes) put(one.input, path.split("."), value);
  }

  /** Every host name that somebody has, or had until now: a name that changes hands takes two runs. */
  #claims(): ReadonlySet<string> {
    const all = [...this.administrations.values()];
    return new Set(all.flatMap(({ input, given }) => [input, given?.input ?? input].flatMap(namesOf)));
  }

  /** The first name from `label` on that nobody has. */
  #freeName(id: string, zone: string, label: number): string | undefined {
    const claims = this.#claims();
    const candidates = labels.map((_, at) => `${labels[(label + at) % labels.length]}.${zone}`);
    return candidates.find((name) => !claims.has(name) && name !== id);
  }

  #set(field: string, value: number, ...path: readonly string[]): void {
    const file = join(project, "Pulumi.lab.yaml");
    const document = parseDocument(readFileSync(file, "utf8"));
    const home = ["config", "allris-farm:settings", ...path];
    if (!isMap(document.getIn(home))) document.setIn(home, document.createNode({}));
    document.setIn([...home, field], value);
    writeFileSync(file, document.toString({ lineWidth: 0 }));
  }
}

/** Whether the certificate is still from whom the last run left it, and with it the domain's CAA records. */
function hasGivenIssuer({ certificate }: TenantInput, given: Edited["given"]): boolean {
  const issuerOf = (of: TenantInput["certificate"]): string => of?.issuer ?? "acme";
  return given === undefined || issuerOf(certificate) === issuerOf(given.input.certificate);
}

/** Whether names, zone and certificate are the same. */
function isSamePlace(one: TenantInput, other: TenantInput): boolean {
  const place = ({ domain, aliases = [], dns, certificate = { issuer: "acme" } }: TenantInput): string =>
    JSON.stringify([domain, aliases, dns, certificate]);
  return place(one) === place(other);
}

function foreignZone(id: string): string {
  return `${id}.example`;
}

function certificateOf(id: string, issuer: Issuer): NonNullable<TenantInput["certificate"]> {
  return issuer === "customer" ? { issuer, delivery: id } : { issuer };
}

function fileOf(id: string): string {
  return join(project, "tenants", `${id}.ts`);
}
