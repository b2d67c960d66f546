import { setTimeout as sleep } from "node:timers/promises";
import { FarmError } from "../../lib/farm-error.ts";
import { runningProcesses } from "../../lib/processes.ts";
import { tryVariable } from "../stack-lock.ts";

/** Milliseconds in which plug-ins notice by themselves that their engine is gone. */
export const remainsPatience = 60_000;

/** How a plug-in or language host was called, official or of the lab. */
const helper =
  /(^|\/)pulumi-(resource|language|analyzer)-|\/(lab\/standins|providers)\/[a-z-]+\/main\.ts|\/language-host\/main\.ts/;

/** A process that an engine of this farm left behind. */
interface Remain {
  readonly pid: number;
  readonly command: string;
}

/**
 * Waits until plug-ins of an engine that was killed have ended: what they still do would come after the cure.
 * @param home PULUMI_HOME of this farm
 * @throws FarmError when some do not end
 */
export async function awaitRemains(
  home: string,
  progress: (line: string) => void,
  limit: number = remainsPatience,
): Promise<void> {
  const deadline = Date.now() + limit;
  for (let told = false; ; told = true) {
    const left = remains(home);
    if (left.length === 0) return;
    const list = left.map(({ pid, command }) => `${pid} (${command})`).join(", ");
    if (!told) progress(`Waiting for plug-ins of the interrupted run: ${list}`);
    if (Date.now() > deadline) {
      throw new FarmError({
        what: "Plug-ins of the interrupted run still work",
        where: list,
        why: "what they do now would come after the cure, and nobody would write it down",
        next: "wait, or end these processes; then run ./farm heal again",
      });
    }
    await sleep(200);
  }
}

/** Plug-ins with this farm's home above which no engine runs any more. */
function remains(home: string): Remain[] {
  const processes = new Map(runningProcesses().map((found) => [found.pid, found]));
  const hasEngine = (pid: number): boolean => {
    const found = processes.get(pid);
    return found !== undefined && (/(^|\/)pulumi$/.test(found.words[0] ?? "") || hasEngine(found.parent));
  };
  return [...processes.values()]
    .filter(({ pid, words, parent }) => {
      const line = words.slice(0, 3).join(" ");
      return helper.test(line) && !hasEngine(parent) && tryVariable(pid, "PULUMI_HOME") === home;
    })
    .map(({ pid, words }) => ({ pid, command: words.slice(0, 2).join(" ") }));
}
