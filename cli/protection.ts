import { FarmError } from "../lib/farm-error.ts";
import type { RunResult } from "../lib/run.ts";
import { nameOf, parseState } from "../model/stack-state.ts";

/**
 * Refuses a `destroy` of a stack that still protects something. The engine itself would delete everything
 * around a protected VM first, its names and settings, and only then refuse the VM: a site that runs and that
 * nobody finds. A destroy that names its targets or leaves the protected out is the operator's own choice.
 * @param engine runs the engine on the same stack
 */
export async function refuseProtected(
  args: readonly string[],
  engine: (args: readonly string[]) => Promise<RunResult>,
): Promise<void> {
  if (args[0] !== "destroy" || args.some((arg) => /^(--target|-t$|--exclude|--help|-h$)/.test(arg))) return;
  const stack = args.flatMap((arg, index) =>
    arg === "-s" || arg === "--stack"
      ? ["--stack", args[index + 1] ?? ""]
      : arg.startsWith("--stack=")
        ? [arg]
        : [],
  );
  const result = await engine(["stack", "export", ...stack]);
  if (result.code !== 0) return; // The engine's own message about the stack is the better one.
  const names = parseState(result.stdout)
    .resources.filter(({ protect }) => protect)
    .map(({ urn }) => nameOf(urn));
  if (names.length === 0) return;
  throw new FarmError({
    what: `${names.length} resources of this stack are protected, so nothing is destroyed`,
    where: names.slice(0, 6).join(", ") + (names.length > 6 ? ", …" : ""),
    why: "the engine would delete what lies around them first: names, settings, pinned keys",
    next: "in a lab: protection: false in the stack settings, up, then destroy; see docs/how-to/when-a-run-stops.md",
  });
}
