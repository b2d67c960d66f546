import { join } from "node:path";
import { withLock } from "../../lib/lock.ts";
import type { LetterProof } from "../../model/letter-proof.ts";
import type { Tenant } from "../../model/tenant.ts";
import { outcomeText } from "./give-letter.ts";

/**
 * What there is to do about a letter. "done": it was sent. "unclear": it was begun and may have arrived. "refused": not
 * everybody got it. "bounced": it came back.
 */
export type LetterStep = "send" | "done" | "unclear" | "refused" | "bounced";

const steps = { sent: "done", sending: "unclear", refused: "refused", bounced: "bounced" } as const;

/** @param proof of the last letter about the matter. @default - there is none */
export function stepOf(proof: LetterProof | undefined): LetterStep {
  return proof === undefined ? "send" : steps[proof.outcome];
}

/** Whether a letter is to be sent: the first one by itself, another only to whom somebody names. */
export function isDue(
  { step, tenant }: Pick<LetterPlan<LetterProof>, "step" | "tenant">,
  again: readonly string[],
): boolean {
  return step === "send" || (step !== "done" && again.includes(tenant.id));
}

/** A matter of which an administration is written to once. */
export interface LetterPlan<Proof extends LetterProof> {
  readonly tenant: Tenant;
  readonly step: LetterStep;
  /** The last letter about it. @default - there is none */
  readonly proof?: Proof;
}

/** How letters are sent. */
export interface SendingScope {
  /** Where only one may send at a time. */
  readonly folder: string;
  /** "sends reports" */
  readonly doing: string;
  readonly say: (line: string) => void;
  /** When it is aborted, the letter under way is finished and no further one is begun. */
  readonly signal: AbortSignal;
}

/**
 * Sends letters one after the other. That one is about to be sent stands on disk before it is, and what became of it
 * after: whenever this ends, nobody gets a second one by a further run.
 * @param latest the last letter about the matter, as it is written down now
 * @throws FarmError when the mail server cannot be used; what it took until then is written down
 */
export function sendOnce<Proof extends LetterProof, Plan extends LetterPlan<Proof>>(
  plans: readonly Plan[],
  { folder, doing, say, signal }: SendingScope,
  latest: (plan: Plan) => Proof | undefined,
  send: (plan: Plan) => Promise<Proof>,
): Promise<readonly Proof[]> {
  return withLock(join(folder, ".sending"), { onWait: say, doing }, async () => {
    const proofs: Proof[] = [];
    for (const plan of plans) {
      if (signal.aborted) break;
      // Somebody else may have sent it while this run waited.
      const known = latest(plan);
      if (known !== undefined && known.messageId !== plan.proof?.messageId) continue;
      const proof = await send(plan);
      say(`${plan.tenant.id}: ${outcomeText(proof)}`);
      proofs.push(proof);
    }
    return proofs;
  });
}
