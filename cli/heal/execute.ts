import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { farmFolder } from "../../lib/paths.ts";
import { nameOf, type StackState } from "../../model/stack-state.ts";
import { XoCallError, xoCodes } from "../../providers/xenops/xo-errors.ts";
import type { EngineRun } from "../pulumi.ts";
import { clearPending, must } from "../stack-state.ts";
import type { Cure } from "./cure.ts";
import type { Outside } from "./outside.ts";

/** Where cures are carried out. */
export interface Scene {
  readonly stack: string;
  readonly run: EngineRun;
  readonly outside: Outside;
}

type Kind = Cure["kind"];
type Of<K extends Kind> = Extract<Cure, { readonly kind: K }>;

const unattended = ["--yes", "--non-interactive", "--skip-preview"] as const;

/**
 * Carries cures out. Whatever it is interrupted at, planning again from what there is then gives the rest:
 * operations that created something are forgotten only after what they made has been dealt with.
 */
export async function execute(
  cures: readonly Cure[],
  state: StackState,
  { stack, run, outside }: Scene,
): Promise<void> {
  const chosen = <K extends Kind>(kind: K): Of<K>[] =>
    cures.filter((cure): cure is Of<K> => cure.kind === kind);
  const refreshed = chosen("refresh").map(({ urn }) => urn);
  if (refreshed.length > 0) {
    const targets = [...new Set(refreshed)].flatMap((urn) => ["--target", urn]);
    await must(stack, "cannot be compared with what is there", ["refresh", ...unattended, ...targets], run);
  }
  const adopted = chosen("adopt");
  if (adopted.length > 0) await importAll(adopted, state, stack, run);
  for (const { id } of chosen("revoke")) await outside.cloudflare.revoke(id);
  for (const { id } of chosen("remove-vm")) await removeVm(outside, id);
  const cleared = new Set(chosen("clear").map(({ urn }) => urn));
  if (cleared.size > 0) await clearPending(stack, ({ resource }) => cleared.has(resource.urn), run);
}

/** One run of the engine for all: it reads each from its provider, as `up` does after a creation. */
async function importAll(
  adopted: readonly Of<"adopt">[],
  state: StackState,
  stack: string,
  run: EngineRun,
): Promise<void> {
  const parents = [...new Set(adopted.map(({ parent }) => parent))].filter((parent) => parent !== "");
  const document = {
    nameTable: Object.fromEntries(parents.map((parent, index) => [`parent${index}`, parent])),
    resources: adopted.map((cure) => ({
      type: cure.type,
      name: nameOf(cure.urn),
      id: cure.id,
      ...(cure.parent === "" ? {} : { parent: `parent${parents.indexOf(cure.parent)}` }),
      ...pluginOf(cure, state),
    })),
  };
  const file = join(farmFolder, `import-${randomUUID()}.json`);
  writeFileAtomic(file, JSON.stringify(document), 0o600);
  try {
    const flags = ["--file", file, "--generate-code=false", "--protect=false", ...unattended];
    await must(stack, "does not take over what is there", ["import", ...flags], run);
  } finally {
    rmSync(file, { force: true });
  }
}

/** The plug-in that the program's own resources of the package use: another one would be a further provider. */
function pluginOf({ provider, type }: Of<"adopt">, { resources }: StackState): object {
  const package_ = type.slice(0, type.indexOf(":"));
  const found =
    resources.find(({ urn, id }) => `${urn}::${id}` === provider) ??
    resources.find((each) => each.type === `pulumi:providers:${package_}`);
  const { version, __internal } = found?.inputs ?? {};
  const pluginDownloadUrl = (__internal as { pluginDownloadURL?: unknown } | undefined)?.pluginDownloadURL;
  return {
    ...(typeof version === "string" ? { version } : {}),
    ...(typeof pluginDownloadUrl === "string" ? { pluginDownloadUrl } : {}),
  };
}

/** Removes a VM with its disks; one that is gone already is fine. */
export async function removeVm({ xo }: Pick<Outside, "xo">, id: string): Promise<void> {
  try {
    await xo.call("vm.delete", { id }, { timeout: 5 * 60_000 });
  } catch (error) {
    if (!(error instanceof XoCallError && error.code === xoCodes.noSuchObject)) throw error;
  }
}
