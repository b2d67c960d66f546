import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkout } from "../../../../lib/paths.ts";
import { targetKinds } from "../../../../model/measurement/targets.ts";
import { runbookOf } from "../../../../model/monitoring/alert.ts";
import { alertDrafts } from "../../../../model/monitoring/alert-rules.ts";
import { monitoringAlerts } from "../../../../model/monitoring/alerts-monitoring.ts";
import { monitoringPorts } from "../../../../model/monitoring/prometheus.ts";
import { recordingRules } from "../../../../model/monitoring/recording-rules.ts";
import { nodePort, siteTargets } from "../../../../model/monitoring/targets.ts";
import { threeTenants, watchedFarm } from "./fixtures.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");
const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(...head), row(...head.map(() => "---")), ...rows.map((cells) => row(...cells))].join("\n");

const asked = (): readonly string[] => {
  const { tenants } = watchedFarm(threeTenants);
  const all = tenants.flatMap((each) => siteTargets(each, { tls: "shows", resolver: "10.20.0.53" }));
  return [...new Set(all.map(({ target }) => target))];
};
const drafts = [...Object.values(alertDrafts).flat(), ...monitoringAlerts];
const mutes = { tenant: "the administration's", pool: "one of all of a pool", never: "none" } as const;

/** What the monitoring asks otherwise than the probers do. */
const differently: Readonly<Record<string, string>> = {
  citizens: "Bürgerinfo's first page answers 200 and is one of ALLRIS net",
  politicians:
    "Ratsinfo's sign-in answers 200 and is one of ALLRIS net; where a list of networks closes it, the monitoring is let in, or takes a 403 through Cloudflare",
  version: "the first page names the release that runs",
};

function page(): string {
  const kinds = Object.entries(targetKinds).filter(([target]) => asked().includes(target));
  const groups = recordingRules().groups.flatMap(({ rules }) => rules);
  return `# What the monitoring asks, records and says

Made from the model by \`vitest run -u tests/unit/model/monitoring/reference.test.ts\`.

## Targets
Every 15 seconds, with a patience of 10. A target that decides is one whose failure is an outage of the service level; \`tls\`
decides where \`measurement.tls\` is \`decides\`, and pages are then asked with the chain verified. The outside view is a prober's,
and so is the judgement whose page it is: the monitoring takes each page of ALLRIS net, and the farm's own about a closed one.

${table(
  ["target", "decides", "what is asked"],
  kinds.map(([target, { decides, asks }]) => [`\`${target}\``, decides, differently[target] ?? asks]),
)}

## Ports
${table(
  ["port", "service", "who may ask"],
  [
    [String(monitoringPorts.prometheus), "Prometheus", "the networks of `monitoring.operators`"],
    [String(monitoringPorts.alertmanager), "Alertmanager", "the networks of `monitoring.operators`"],
    [String(monitoringPorts.blackbox), "blackbox exporter", "the machine itself"],
    [String(nodePort), "node exporter", "on the monitoring's machine itself, on a site's the monitoring"],
  ],
)}

## Recorded series
${table(
  ["series", "expression"],
  groups.flatMap((rule) => ("record" in rule ? [[`\`${rule.record}\``, `\`${rule.expr}\``]] : [])),
)}

## Alerts
${table(
  ["alert", "level", "urgency", "after", "muted by a window"],
  drafts.map(({ name, labels, severity, for: wait, muted }) => [
    `[${name}](../how-to/runbooks/${runbookOf(name)})`,
    labels?.["level"] ?? labels?.["window"] ?? "",
    severity,
    wait ?? "at once",
    mutes[muted],
  ]),
)}
`;
}

test("docs/reference/monitoring.md is what the model says", async () => {
  await expect(page()).toMatchFileSnapshot(join(checkout, "docs/reference/monitoring.md"));
});

test("the pages of steps name the stack: without it a command works on the lab", () => {
  const folder = join(checkout, "docs/how-to/runbooks");
  // Those that know no stack, and the figures' command where a page only speaks of it.
  const free = ["release list", "metrics"];
  const lacking = readdirSync(folder).flatMap((page) =>
    [...readFileSync(join(folder, page), "utf8").matchAll(/\.\/farm ([^`\n]*?)(?=`| {3,}|\n)/g)]
      .map(([, words = ""]) => words)
      .filter((words) => !words.includes("-s <stack>") && !free.includes(words))
      .map((words) => `${page}: ${words}`),
  );
  expect(lacking).toEqual([]);
});

describe.each(monitoringAlerts.map(({ name }) => name))("the page of steps for %s", (name) => {
  test("is there and names the alert, what it means and what to do", () => {
    const text = readFileSync(join(checkout, "docs/how-to/runbooks", runbookOf(name)), "utf8");
    expect(text.split("\n", 1)[0]).toBe(`# ${name}`);
    for (const heading of ["## What it means", "## Look", "## Mend"])
      expect(text).toContain(`\n${heading}\n`);
    expect(text).toMatch(/\.\/farm |ssh /);
  });
});
