import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Office } from "./office.ts";

/** The administration that comes new. */
export const newcomer = {
  id: "gross-wiesental",
  domain: "ratsinfo.gross-wiesental.hohenbrueck.example",
  renamed: "rat.gross-wiesental.hohenbrueck.example",
  /** In the second pool. */
  moved: "198.18.11.30",
} as const;

/** Milliseconds of a day. */
const day = 24 * 3_600_000;

/** What a reviewer gets. */
export interface Reviewed {
  readonly digest: string;
  /** The instant of the plan. */
  readonly at: string;
  /** The comment, in Markdown. */
  readonly comment: string;
}

/** Writes the newcomer's file by the wizard's options, on a branch of its own. */
export async function bringNewcomer(office: Office): Promise<void> {
  await office.branch("neue-verwaltung");
  const answers = {
    name: "Gemeinde Groß Wiesental",
    kind: "gemeinde",
    id: newcomer.id,
    domain: newcomer.domain,
    email: "rat@gross-wiesental.hohenbrueck.example",
    contract: "R-2026-077",
    "live-from": "2026-11-01",
    release: "4.1.7",
    "feedback-email": "barrierefrei@gross-wiesental.hohenbrueck.example",
    "enforcement-url": "https://www.land-kuestenring.example/durchsetzungsstelle",
    "statement-date": "2026-06-15",
  };
  const options = Object.entries(answers).flatMap(([name, value]) => [`--${name}`, value]);
  await office.farm("tenant", "new", ...options, "--yes", "--no-preview");
  await office.push("Gemeinde Groß Wiesental");
}

/** Plans the change and writes the comment about it. */
export async function review(office: Office, ...options: string[]): Promise<Reviewed> {
  const plan = await office.farmJson<{ at: string; digest: string; stacks: { file: string }[] }>(
    "preview",
    ...["-s", "lab", "--out", ".farm/previews"],
    ...options,
  );
  const files = plan.stacks.map(({ file }) => file);
  await office.farm("report", "preview", ...files, "--markdown", ".farm/comment.md");
  const comment = readFileSync(join(office.desk, ".farm", "comment.md"), "utf8");
  return { digest: plan.digest, at: plan.at, comment };
}

/** A comment without what differs from one run to the next. */
export function normalise(comment: string): string {
  return inOrder(comment)
    .replaceAll(/\| [0-9a-f]{12}[^|]* \|$/gm, "| <commit> |")
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "<id>")
    .replaceAll(/\b[0-9a-f]{64}\b/g, "<sum>")
    .replaceAll(/\b[0-9a-f]{16}\b/g, "<digest>")
    .replaceAll(/\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g, "<instant>")
    .replaceAll(/\b\d{4}-\d{2}-\d{2} \d{2}:\d{2}\b/g, "<time>")
    .replaceAll(/127\.0\.0\.1:\d+/g, "<lab>")
    .replaceAll(/ssh-ed25519 [A-Za-z0-9+/=]+/g, "<key>");
}

/** The engine names resources in the order in which the program happens to declare them: here it is by their names. */
function inOrder(comment: string): string {
  return comment.replaceAll(/(```diff\n)([\s\S]*?)(```)/g, (_, begin: string, body: string, end: string) => {
    const blocks = body.split(/^(?=[-+~±] \S)/m).filter((block) => block !== "");
    return `${begin}${blocks.sort().join("")}${end}`;
  });
}

/** A window of two hours for one administration: ten days from now, announced an hour ago. */
export function windowText(id: string, now: Date, reason: string) {
  return windowFrom(id, now.getTime() + 10 * day, now.getTime() - 3_600_000, reason);
}

/** One that began half an hour ago and was announced in time. */
export function openWindowText(id: string, now: Date, reason: string) {
  return windowFrom(id, now.getTime() - 1_800_000, now.getTime() - 9 * day, reason);
}

function windowFrom(id: string, start: number, announced: number, reason: string) {
  const text = (instant: number): string => `${new Date(instant).toISOString().slice(0, 16)}:00Z`;
  const name = `window-${new Date(start).toISOString().slice(0, 10)}`;
  return {
    id: name,
    /** An instant in it. */
    within: text(start + 300_000),
    text: `import { defineWindow } from "../model/window.ts";

export const window = defineWindow({
  id: "${name}",
  kind: "technical-change",
  start: "${text(start)}",
  end: "${text(start + 7_200_000)}",
  administrations: ["${id}"],
  reason: "${reason}",
  notice: { sentAt: "${text(announced)}", evidence: "mail to the administration, ticket 4712" },
  expectedMinutes: 5,
});
`,
  };
}
