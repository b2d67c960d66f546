import type { DrillRecord, DrillSite } from "./drill.ts";

/** A drill's record as a page for people, in Markdown. */
export function drillPage(record: DrillRecord): string {
  const title = record.kind === "failover" ? `Failover of ${record.subject}` : `Restore of ${record.subject}`;
  const lines = [
    `# ${title}`,
    "",
    ...(record.lab
      ? ["> **Lab.** Measured on one machine with simulated hosts. Not for a customer's report.", ""]
      : []),
    `- Outcome: **${record.outcome}**`,
    `- How: ${cell(record.method)}`,
    `- Stack: ${record.stack}`,
    `- Begun: ${record.startedAt}`,
    `- Ended: ${record.endedAt}`,
    ...record.sites.flatMap(sitePart),
    ...(record.remarks.length === 0
      ? []
      : ["", "## Remarks", "", ...record.remarks.map((remark) => `- ${remark}`)]),
    "",
    "## Signed off",
    "",
    `${record.signedOff.by}, ${record.signedOff.at}`,
    "",
    `SHA-256 of the record \`${record.id}.json\` without this line: \`${record.signedOff.digest}\``,
  ];
  return `${lines.join("\n")}\n`;
}

function sitePart({ tenant, domain, moments, durations, checks }: DrillSite): string[] {
  return [
    "",
    `## ${tenant} (${domain})`,
    ...grid(
      ["part", "seconds"],
      durations.map(({ name, seconds }) => [name, seconds.toFixed(1)]),
    ),
    ...grid(
      ["moment", "time (UTC)"],
      moments.map(({ what, at }) => [what, at]),
    ),
    ...grid(
      ["check", "", "detail"],
      checks.map(({ check, good, detail }) => [check, good ? "good" : "**failed**", detail]),
    ),
  ];
}

function grid(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return ["", line(heading), line(heading.map(() => "---")), ...rows.map(line)];
}

/** Text from outside stays in its place: one line, no column of its own. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}
