import type { PreviewEnvelope } from "./envelope.ts";

/** What a run said about one site, or about what a stack shares. */
export interface Said {
  /** Changes that wait for a window, a sentence each. */
  readonly held: readonly string[];
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
  readonly failures: readonly string[];
}

const siteType = "farm:site:TenantSite";

/** What the engine says in the end when something failed: why, it has said before. */
const noReason = /^(?:preview|refresh|update) failed$/;

/**
 * The sentences of a run by administration; undefined for what a stack shares.
 * @param administrations ids, also of those that have no file any more
 */
export function sayings(
  { document }: Pick<PreviewEnvelope, "document">,
  administrations: Iterable<string>,
): ReadonlyMap<string | undefined, Said> {
  const ids = [...administrations].sort((a, b) => b.length - a.length);
  const all = new Map<string | undefined, { [key in keyof Said]: string[] }>();
  for (const { urn = "", message, severity } of document.diagnostics ?? []) {
    const text = message.replace(/^(?:warning|error|info): /, "").trim();
    const kind = kindOf(urn, text, severity);
    if (kind === undefined || text === "" || noReason.test(text)) continue;
    const owner = ownerOf(urn, ids);
    const said = all.get(owner) ?? { held: [], notes: [], warnings: [], failures: [] };
    all.set(owner, said);
    if (!said[kind].includes(text)) said[kind].push(text);
  }
  return all;
}

function kindOf(urn: string, text: string, severity: string): keyof Said | undefined {
  if (severity === "error") return "failures";
  if (severity === "warning") return /^held: | is held until /.test(text) ? "held" : "warnings";
  // The values of a roll-out stand in the report's own diff; what is printed elsewhere is the program's own business.
  return urn.includes(siteType) && !urn.endsWith("-apply") ? "notes" : undefined;
}

function ownerOf(urn: string, ids: readonly string[]): string | undefined {
  const [, , chain = "", name = ""] = urn.split("::");
  if (!chain.split("$").includes(siteType)) return undefined;
  return ids.find((id) => name === id || name.startsWith(`${id}-`)) ?? name;
}
