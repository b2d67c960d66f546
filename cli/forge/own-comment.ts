import { FarmError } from "../../lib/farm-error.ts";
import { type CommentKind, tryKind } from "../../model/forge/plan-note.ts";
import type { Forge, ForgeComment } from "./forge.ts";

/**
 * The farm's own comment of a kind. A comment with the same mark that somebody else wrote is none: nobody else
 * signs plans.
 */
export async function tryOwnComment(
  forge: Forge,
  change: number,
  kind: CommentKind,
): Promise<ForgeComment | undefined> {
  const [account, comments] = await Promise.all([forge.ownAccount(), forge.comments(change)]);
  return comments.find(({ author, body }) => author === account && tryKind(body) === kind);
}

/** Writes the comment, in the place of the one that is there. @returns what was done */
export async function putComment(
  forge: Forge,
  change: number,
  kind: CommentKind,
  body: string,
): Promise<"added" | "updated"> {
  requireShort(forge, body);
  const before = await tryOwnComment(forge, change, kind);
  if (before === undefined) {
    await forge.addComment(change, body);
    return "added";
  }
  await forge.editComment(change, before.id, body);
  return "updated";
}

/** @throws FarmError for a text that the forge would refuse */
export function requireShort(forge: Forge, body: string): void {
  if (body.length <= forge.longestText) return;
  throw new FarmError({
    what: `The text is too long for a comment of ${forge.name}`,
    why: `it has ${body.length} characters, ${forge.longestText} are possible`,
    next: "make the report by ./farm report preview, which keeps to the limit",
  });
}
