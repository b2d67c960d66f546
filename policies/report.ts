import {
  catalogues,
  findRequirement,
  type Requirement,
  type RequirementId,
  requirementIds,
} from "./requirements.ts";
import { isResourceRule, type Rule } from "./rule.ts";

const levels = { B: "Basis", S: "Standard", E: "erhöht" } as const;

/** What an auditor asks for and no plan can show: where it is looked after instead, or that it is not. */
const elsewhere: readonly (readonly [id: string, title: string, where: string])[] = [
  [
    "SYS.1.5.A7",
    "Zeitsynchronisation in virtuellen IT-Systemen",
    "nothing: the farm sets no time source on machines, which keep that of the template",
  ],
  [
    "SYS.1.5.A10",
    "Einführung von Verwaltungsprozessen …: test apart from production",
    "by another stack with pools of its own",
  ],
  [
    "SYS.1.5.A19",
    "Regelmäßige Audits der Virtualisierungsinfrastruktur",
    "`./farm refresh --preview-only` (drift), `./farm doctor`",
  ],
  [
    "SYS.1.8.A22",
    "Einsatz einer hochverfügbaren SAN-Lösung: paths",
    "the program refuses a pool whose repositories have lost paths or hosts",
  ],
  [
    "APP.3.2.A2, A3, A12",
    "Schutz der Webserver-Dateien, Uploads, Fehlermeldungen",
    "the rendered nginx configuration, by unit and guest tests",
  ],
  [
    "APP.3.1.A21",
    "Sichere HTTP-Konfiguration bei Webanwendungen",
    "the same: headers are tested on the machine",
  ],
  [
    "APP.3.2.A13",
    "Zugriffskontrolle für Webcrawler",
    "`citizens.indexing` has a closed set of values; robots.txt is tested",
  ],
  ["CON.3.A15", "Regelmäßiges Testen der Datensicherungen", "`./farm drill restore`, and its record"],
  ["OPS.1.1.3.A5–A7", "Änderungsanforderungen", "preview, digest and the changes noted in the tenant file"],
  [
    "OPS.1.1.3.A15",
    "Regelmäßige Aktualisierung von IT-Systemen und Software",
    "`./farm patch`, release and patch files",
  ],
  [
    "DER.4.A1, A10",
    "Notfallhandbuch, Tests und Notfallübungen",
    "docs/how-to, `./farm drill failover` and their records",
  ],
];

/** Which requirement of the BSI is checked by which rule, as a page of Markdown. */
export function policyReport(rules: readonly Rule[]): string {
  return [
    "# The policy pack",
    "",
    "Written by `npm run policy-report` from the rules themselves. Each rule looks at the plan of a run: the resources",
    "as they are about to be made, and the stack's settings. In production a finding stops the run, in a lab it is told.",
    "How to run the pack, to bear with a finding and to add a rule: [how-to](../how-to/policies.md).",
    "",
    `There are ${rules.length} rules for ${requirementIds.length} requirements. A rule checks what a plan shows of a requirement; that`,
    "it finds nothing is no proof that the whole requirement is met. The same id means different things in different",
    "catalogues, so each stands with its catalogue and that one's version:",
    "",
    ...Object.values(catalogues).map(({ title, version }) => `- ${title}, ${version}`),
    "",
    "Titles of Grundschutz++ and of the draft of the minimum standard are quoted from the",
    "[Stand-der-Technik-Bibliothek](https://github.com/BSI-Bund/Stand-der-Technik-Bibliothek) of the BSI",
    "([CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/)). What belongs to which rule is this farm's own reading.",
    ...Object.keys(catalogues).flatMap((catalogue) =>
      catalogueTable(catalogue as Requirement["catalogue"], rules),
    ),
    "",
    "## Not by the pack",
    "",
    "What the same catalogue asks of hosting and a plan cannot show:",
    "",
    "| requirement | title | looked after by |",
    "|---|---|---|",
    ...elsewhere.map((cells) => `| ${cells.join(" | ")} |`),
    "",
    "## Rules",
    ...rules.flatMap(section),
    "",
  ].join("\n");
}

function catalogueTable(catalogue: Requirement["catalogue"], rules: readonly Rule[]): string[] {
  const { title, version } = catalogues[catalogue];
  const named = requirementIds
    .map((name) => ({ name, ...findRequirement(name) }))
    .filter((requirement) => requirement.catalogue === catalogue);
  const withLevels = named.some(({ level }) => level !== undefined);
  const head = ["requirement", "title", ...(withLevels ? ["level"] : []), "checked by"];
  return [
    "",
    `## ${title}, ${version}`,
    "",
    `| ${head.join(" | ")} |`,
    `|${head.map(() => "---").join("|")}|`,
    ...named.map(({ name, id, title: text, level }) => {
      const cells = [
        id,
        text,
        ...(withLevels ? [level === undefined ? "" : levels[level]] : []),
        rulesOf(name, rules),
      ];
      return `| ${cells.join(" | ")} |`;
    }),
  ];
}

function rulesOf(requirement: RequirementId, rules: readonly Rule[]): string {
  return rules
    .filter(({ requirements }) => requirements.includes(requirement))
    .map(({ name }) => `[${name}](#${name})`)
    .join(", ");
}

function section(rule: Rule): string[] {
  const about = isResourceRule(rule)
    ? `each ${rule.types.map((type) => `\`${type}\``).join(", ")}`
    : "the stack as a whole";
  return [
    "",
    `### ${rule.name}`,
    "",
    rule.sentence,
    "",
    `- Finding: ${rule.remedy}.`,
    `- Looks at: ${about}. Severity: ${rule.severity}.`,
    ...rule.requirements.map((name) => {
      const { catalogue, id, title } = findRequirement(name);
      return `- ${id} ${title} (${catalogues[catalogue].title}, ${catalogues[catalogue].version})`;
    }),
  ];
}
