import { shortType } from "./diff-lines.ts";
import { impactRules } from "./impact.ts";
import type { ImpactRule } from "./rule.ts";

const introduction = `# What a planned change does

\`./farm report preview\` judges each property that a plan changes by the first row of this page that fits it; a
resource that is made, replaced or deleted is judged as a whole. The rows are data (\`model/preview/rules-*.ts\`), this
page is written from them, and each row has a test. The rows about machines are held against what the provider for Xen
Orchestra really asks of XO for such a change.

- **Danger**: somebody is cut off, or something is lost that does not come back by itself. Dangers stand first in a
  report, one line for all that they happen to.
- **Notice**: to be known beforehand; shown in the table and, with its reason, in the administration's block.
- **Calm**: nobody sees anything of it; shown in the block's diff only.
- **Downtime** is a plan's figure, on the careful side: a machine that is stopped and started counts 5 minutes, a release
  what its file expects. One stop serves all changes of a machine; different resources are added up.
- **Window**: it belongs into an announced window. The farm holds changes of processors, memory and disks until then by
  itself; everything else in this column is for the reviewer to stop.
- What no row knows is called *not judged* or a danger, never harmless.

Sources: the official providers for Xen Orchestra 2.4, Cloudflare 6, tls 5.6 and command 1.2, Xen Orchestra 6, the farm's
own provider (\`providers/xenops/\`) and programs on the machines (\`guest/\`).
`;

/** The page of the rules, in Markdown. */
export function impactPage(): string {
  const groups = Map.groupBy(impactRules, ({ resource, part }) => title(resource, part));
  const sections = [...groups].map(([name, rules]) =>
    ["", `## ${name}`, "", ...tableHead, ...rules.map(row), ""].join("\n"),
  );
  return `${introduction}${sections.join("")}`;
}

const tableHead = [
  "| Change | What a reviewer reads | Level | Downtime | Window | Why |",
  "| --- | --- | --- | --- | --- | --- |",
];

function title(resource: string, part: string | undefined): string {
  if (resource === "*") return "Everything else";
  return part === undefined ? shortType(resource) : `${shortType(resource)} \`…-${part}\``;
}

function row(rule: ImpactRule): string {
  const { impact, level, outage, window, why } = rule;
  const cells = [changeOf(rule), impact, level, outageText(outage), window ? "yes" : "", why];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

const verbs = {
  create: "made",
  update: "changed",
  replace: "replaced",
  delete: "deleted",
  import: "taken over",
  unprotect: "protection lifted",
  same: "the same",
} as const satisfies Record<ImpactRule["op"], string>;

function changeOf({ op, path, kind, when }: ImpactRule): string {
  const what = path === undefined ? verbs[op] : path === "*" ? "anything else" : `\`${path}\``;
  const how = kind === "delete" ? " removed" : kind === "add" ? " added" : "";
  return `${what}${how}${when === undefined ? "" : `, ${when.text}`}`;
}

function outageText(outage: ImpactRule["outage"]): string {
  if (outage === 0) return "";
  if (outage === "release") return "as its file says";
  return typeof outage === "number" ? `${outage} min` : outage;
}
