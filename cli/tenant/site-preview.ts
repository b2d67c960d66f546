import { messageOf } from "../../lib/farm-error.ts";
import { nameOf } from "../../model/stack-state.ts";
import type { Output } from "../output.ts";
import { capturePulumi } from "../pulumi.ts";

/** What the engine says the next `up` would do. */
export interface PreviewedSite {
  /** Resources of the site, "create hohenbrueck-vm". */
  readonly steps: readonly string[];
  /** Steps of others; none as a rule, for a new file changes nobody else. */
  readonly others: readonly string[];
  /** Why there is no preview. @default - there is one */
  readonly failure?: string;
  /** The same for people. */
  readonly lines: readonly string[];
}

interface Step {
  readonly op: string;
  readonly urn: string;
}

/** A preview of the whole stack, and what of it belongs to one site. A stack that cannot be reached is no failure. */
export async function previewSite(id: string, stack: string, output: Output): Promise<PreviewedSite> {
  output.progress("Preview by the engine …");
  try {
    const { code, stdout, stderr } = await capturePulumi(
      ["preview", "-s", stack, "--json", "--non-interactive"],
      {
        progress: output.progress,
        timeout: 300_000,
      },
    );
    if (code !== 0) return failed(lastWords(stdout, stderr));
    const { steps = [] } = JSON.parse(stdout) as { readonly steps?: readonly Step[] };
    const done = steps.filter(({ op }) => op !== "same" && op !== "read");
    const said = done.map(({ op, urn }) => ({ text: `${op} ${nameOf(urn)}`, name: nameOf(urn) }));
    const own = said.filter(({ name }) => name === id || name.startsWith(`${id}-`)).map(({ text }) => text);
    const others = said.map(({ text }) => text).filter((text) => !own.includes(text));
    const rest = others.length === 0 ? "Nobody else changes." : `Others change too: ${others.join(", ")}`;
    return { steps: own, others, lines: ["The next up:", ...own.map((text) => `  ${text}`), rest] };
  } catch (error) {
    return failed(messageOf(error));
  }
}

function failed(failure: string): PreviewedSite {
  const first = failure.split("\n").slice(0, 6).join("\n  ");
  return { steps: [], others: [], failure, lines: [`No preview: ${first}`] };
}

/** The engine's own words: diagnostics of the document, else what it wrote beside it. */
function lastWords(stdout: string, stderr: string): string {
  try {
    const { diagnostics = [] } = JSON.parse(stdout) as {
      diagnostics?: readonly { message: string; severity: string }[];
    };
    const errors = diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ message }) => message.trim());
    if (errors.length > 0) return errors.join("\n");
  } catch {
    // No document: the engine ended before it had one.
  }
  return stderr.trim().split("\n").slice(-6).join("\n") || "the engine gives no reason";
}
