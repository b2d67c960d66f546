import type { Farm } from "./farm.ts";
import { parseHostName } from "./host-name.ts";
import type { Plain } from "./plain.ts";
import type { FieldPath } from "./problems.ts";
import { formatSize } from "./size.ts";
import { choicesAt, parseFieldText } from "./tenant-fields.ts";
import {
  type PoolRoom,
  proposeAddress,
  proposeDomain,
  proposeId,
  proposeKind,
  proposePage,
  proposePool,
  proposeRelease,
} from "./tenant-proposals.ts";
import { nearestZone } from "./tenant-rules.ts";
import { berlinDay } from "./traffic-calendar.ts";

/** Answers by the names of their questions; a question that was passed over has none. */
export type Answers = Readonly<Record<string, string>>;

/** What proposals are made from. */
export interface QuestionScene {
  readonly farm: Farm;
  readonly rooms: readonly PoolRoom[];
}

/** One field of a new tenant file: a question of the wizard, and an option of the command line. */
export interface Question {
  /** Name of the option, without the hyphens. */
  readonly name: string;
  /** The field that the answer goes to; its schema is what answers are checked by. */
  readonly path: FieldPath;
  /** As it is asked. */
  readonly ask: string;
  /** What the schema takes when nothing is written: an answer that equals it is left out of the file. */
  readonly standard?: string;
  /** Whether it may stay without an answer. @default false */
  readonly optional?: true;
  /** Words to choose from. @default - those of the schema, if it has some */
  readonly choices?: (scene: QuestionScene) => readonly { readonly value: string; readonly hint?: string }[];
  /** What is proposed. @default - nothing */
  readonly propose?: (answers: Answers, scene: QuestionScene) => string | undefined;
  /** Whether the answers so far make it needless. @default - never */
  readonly needless?: (answers: Answers) => boolean;
}

const page = (name: string, path: string, ask: string, where: string): Question => ({
  name,
  path: ["links", path],
  ask,
  propose: ({ domain = "" }) => (parseHostName(domain).ok ? proposePage(domain, where) : undefined),
});

/** All questions in the order in which they are asked: an answer may serve the proposals behind it. */
export const questions: readonly Question[] = [
  { name: "name", path: ["name"], ask: 'Name of the administration, such as "Stadt Hohenbrück"' },
  {
    name: "kind",
    path: ["kind"],
    ask: "Kind of administration",
    propose: ({ name = "" }) => proposeKind(name),
  },
  {
    name: "id",
    path: ["id"],
    ask: "Id: name of its file and its resources, which never changes",
    propose: ({ name = "" }, { farm }) =>
      proposeId(
        name,
        farm.tenants.map(({ id }) => id),
      ),
  },
  {
    name: "domain",
    path: ["domain"],
    ask: "Host name of the site",
    propose: ({ id = "", kind = "" }, { farm }) =>
      proposeDomain({ id, kind }, Object.keys(farm.settings.zones)),
  },
  {
    ...{ name: "aliases", path: ["aliases"], optional: true },
    ask: "Further host names that redirect there, with commas between them",
  },
  {
    name: "pool",
    path: ["pool"],
    ask: "Pool",
    choices: ({ rooms }) => rooms.map((room) => ({ value: room.pool, hint: roomText(room) })),
    propose: (_, { rooms }) => proposePool(rooms)?.pool,
  },
  {
    name: "address",
    path: ["address"],
    ask: "IPv4 address in the pool's network",
    propose: ({ pool: key = "" }, { farm }) => {
      const pool = Object.hasOwn(farm.settings.pools, key) ? farm.settings.pools[key] : undefined;
      return pool === undefined ? undefined : proposeAddress(pool, farm.tenants, farm.settings.monitoring);
    },
  },
  {
    ...{ name: "size", path: ["size"], ask: "Size of the VM", standard: "small", propose: () => "small" },
    choices: ({ farm: { settings } }) =>
      Object.entries(settings.sizes).map(([value, { cpus, memory, disk }]) => ({
        value,
        hint: `${cpus} CPUs, ${formatSize(memory)}, disk ${formatSize(disk)}`,
      })),
  },
  {
    ...{ name: "certificate", path: ["certificate", "issuer"], ask: "Who issues the certificate" },
    ...{ standard: "acme", propose: () => "acme" },
  },
  {
    name: "delivery",
    path: ["certificate", "delivery"],
    ask: "Folder of the delivered certificate",
    propose: ({ id }) => id,
    needless: ({ certificate }) => certificate !== "customer",
  },
  page("imprint", "imprint", "Page of the imprint", "impressum"),
  page("privacy", "privacy", "Page of the privacy statement", "datenschutz"),
  page("accessibility", "accessibility", "Page of the accessibility statement", "barrierefreiheit"),
  page("home", "home", "The administration's own pages", ""),
  { name: "email", path: ["contact", "email"], ask: "Mail address of the administration" },
  { name: "phone", path: ["contact", "phone"], ask: 'Telephone, such as "+4938112345"', optional: true },
  { name: "contract", path: ["contract", "number"], ask: "Number of the contract" },
  {
    name: "customer",
    path: ["contract", "customer"],
    ask: "Party to the contract",
    propose: ({ name }) => name,
  },
  {
    name: "live-from",
    path: ["contract", "liveFrom"],
    ask: "First day of the service, YYYY-MM-DD",
    propose: (_, { farm }) => firstOfNextMonth(farm.at),
  },
  {
    name: "release",
    path: ["allrisnet", "release"],
    ask: "Release of ALLRIS net",
    choices: ({ farm: { releases, tenants } }) =>
      releases.toReversed().map(({ version }) => ({
        value: version,
        hint: `${tenants.filter(({ allrisnet }) => allrisnet.release === version).length} sites`,
      })),
    propose: (_, { farm }) => proposeRelease(farm),
  },
  {
    ...{ name: "ring", path: ["allrisnet", "ring"], ask: "When it gets new releases" },
    ...{ standard: "standard", propose: () => "standard" },
  },
  {
    name: "feedback-email",
    path: ["allrisnet", "citizens", "accessibility", "feedbackEmail"],
    ask: "Accessibility statement: mail address for reports of barriers",
  },
  {
    name: "enforcement-url",
    path: ["allrisnet", "citizens", "accessibility", "enforcementBodyUrl"],
    ask: "Accessibility statement: page of the enforcement body (Durchsetzungsstelle)",
  },
  {
    name: "statement-date",
    path: ["allrisnet", "citizens", "accessibility", "statementDate"],
    ask: "Accessibility statement: its day, YYYY-MM-DD",
  },
];

/** The words that a question is answered with; none when any text will do. */
export function choicesOf(
  question: Question,
  scene: QuestionScene,
): readonly { readonly value: string; readonly hint?: string }[] {
  return question.choices?.(scene) ?? choicesAt(question.path).map((value) => ({ value }));
}

/** Why an answer is refused by the field's own schema, or undefined when it is not. */
export function refusalOf({ path, optional }: Question, answer: string): string | undefined {
  if (answer === "") return optional === true ? undefined : "is missing";
  const value = parseFieldText(path, answer);
  if (value.ok) return undefined;
  return value.hint === undefined ? value.why : `${value.why} (${value.hint})`;
}

/** The file's object that answers make, as far as they go. What equals a default is left out. */
export function inputOf(answers: Answers, { farm }: QuestionScene): Readonly<Record<string, Plain>> {
  const input: Record<string, Plain> = {};
  for (const { name, path, standard } of questions) {
    const answer = answers[name];
    if (answer === undefined || answer === "" || answer === standard) continue;
    const value = parseFieldText(path, answer);
    put(input, path, value.ok ? value.value : answer);
  }
  const domain = parseHostName(answers["domain"] ?? "");
  if (domain.ok) {
    const zone = nearestZone(domain.value, Object.keys(farm.settings.zones));
    input["dns"] = zone === undefined ? { mode: "theirs" } : { mode: "ours", zone };
  }
  return input;
}

function put(input: Record<string, Plain>, [step, ...rest]: FieldPath, value: Plain): void {
  const key = String(step);
  if (rest.length === 0) {
    input[key] = value;
    return;
  }
  const inner = (input[key] ?? {}) as Record<string, Plain>;
  input[key] = inner;
  put(inner, rest, value);
}

/** What is known of a pool's room, for people. */
export function roomText({ room, source }: PoolRoom): string {
  const gib = `${Math.floor((Math.abs(room) / 2 ** 30) * 10) / 10} GiB`;
  return `${source === "Xen Orchestra" ? `${gib} free` : `${gib} given away`}, by ${source}`;
}

function firstOfNextMonth(at: Date): string {
  const [year = 0, month = 0] = berlinDay(at).split("-").map(Number);
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
}
