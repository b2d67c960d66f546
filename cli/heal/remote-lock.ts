import { FarmError } from "../../lib/farm-error.ts";
import type { EngineRun } from "../pulumi.ts";
import { readState, writeState } from "../stack-state.ts";

/**
 * Makes sure that no engine works on a stack whose locks cannot be looked at from here, in a bucket or a database: the
 * engine itself takes the state back, as it is, from nobody while another one holds it.
 * @throws FarmError with whoever holds it, in the engine's words
 */
export async function requireUnlocked(stack: string, run: EngineRun): Promise<void> {
  const { document } = await readState(stack, run);
  try {
    await writeState(stack, document, run);
  } catch (error) {
    if (!(error instanceof FarmError) || !/currently locked/.test(error.parts.why ?? "")) throw error;
    throw new FarmError(
      {
        what: `The stack ${stack} is locked`,
        ...(error.parts.why === undefined ? {} : { why: error.parts.why }),
        next: `when that process has certainly ended: ./farm pulumi cancel --stack ${stack} --yes, then ./farm heal -s ${stack}`,
      },
      { cause: error },
    );
  }
}
