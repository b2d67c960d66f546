import { z } from "zod";

const note = z.strictObject({
  /** The change's last commit, whose plan this is. */
  commit: z.string().regex(/^[0-9a-f]{7,64}$/),
  /** The instant of the plan, with its offset. */
  at: z.iso.datetime({ offset: true }),
  /** Over all stacks of the plan together. */
  digest: z.string().regex(/^[0-9a-f]{8,64}$/),
});

/** What a pipeline needs in order to apply the plan of a comment: kept in the comment, unseen by readers. */
export type PlanNote = z.output<typeof note>;

/** What a comment of the farm is about; there is one of each kind on a change. */
export type CommentKind = "plan" | "outcome" | "drift";

const marker = /^<!-- allris-farm (plan|outcome|drift)(?: (\{[^\n]*\}))? -->\n/;

/**
 * A comment's text with its mark in the first line. Only there it counts: what follows holds texts that others
 * wrote, who must not be able to sign a plan.
 */
export function markComment(kind: CommentKind, text: string, plan?: PlanNote): string {
  const data = plan === undefined ? "" : ` ${JSON.stringify(note.parse(plan))}`;
  return `<!-- allris-farm ${kind}${data} -->\n${text}`;
}

/** The kind of a comment of the farm; undefined for anybody else's. */
export function tryKind(comment: string): CommentKind | undefined {
  return marker.exec(normalised(comment))?.[1] as CommentKind | undefined;
}

/** The plan that a comment carries; undefined when it has none, or one that nobody of us wrote. */
export function tryPlanNote(comment: string): PlanNote | undefined {
  const [, kind, data] = marker.exec(normalised(comment)) ?? [];
  if (kind !== "plan" || data === undefined) return undefined;
  try {
    return note.parse(JSON.parse(data));
  } catch {
    return undefined;
  }
}

/** A forge may hand a text back with other line ends. */
function normalised(comment: string): string {
  return comment.replaceAll("\r\n", "\n");
}
