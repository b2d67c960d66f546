import { messageOf } from "../../lib/farm-error.ts";
import type { KillPlan } from "../support/kill-plan.ts";
import { KilledFarm } from "../support/killed-farm.ts";
import type { RoundAnswer } from "./child-farm.ts";

/** One farm on paper whose runs its parent has killed, one after the other. */
let farm: KilledFarm | undefined;

async function round(plan: KillPlan): Promise<RoundAnswer> {
  try {
    // The first run makes ten sites, the others change them and make some more.
    const first = farm === undefined;
    farm ??= await KilledFarm.start();
    const { kill, healed } = await farm.round(first ? { ...plan, newcomers: 10 } : plan);
    const met =
      kill === undefined ? "not killed, it had ended" : `killed at: ${kill.pending.join(", ") || "nothing"}`;
    return { said: `${met}; ${healed.did.length} steps` };
  } catch (error) {
    return { failure: messageOf(error) };
  }
}

async function end(): Promise<void> {
  await farm?.stop();
  process.exit(0);
}

process.on("message", (plan: KillPlan) => void round(plan).then((answer) => process.send?.(answer)));
process.once("disconnect", () => void end());
// Ctrl-C goes to the whole group: the parent ends first, and then this process tidies up.
process.on("SIGINT", () => {});
