import type { PreviewEnvelope, PreviewState, PreviewStep } from "./envelope.ts";
import { differingPaths, patternOf, segmentsOf, valueAt } from "./property-path.ts";

/** What happens to a resource. `same`: nothing but its protection changes. */
export type ChangeOp = "create" | "update" | "replace" | "delete" | "import" | "same";

/** One property that differs. */
export interface PropertyChange {
  /** `disks[0].size` */
  readonly path: string;
  /** `disks[].size` */
  readonly pattern: string;
  readonly kind: "add" | "delete" | "update";
  /** Then neither value is there. */
  readonly secret: boolean;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** One resource that a plan changes. */
export interface ResourceChange {
  readonly stack: string;
  readonly urn: string;
  /** The last part of its URN. */
  readonly name: string;
  /** `xenorchestra:index/vm:Vm` */
  readonly type: string;
  readonly op: ChangeOp;
  /** Id of the administration that it belongs to. @default - it is the platform's */
  readonly administration?: string;
  readonly properties: readonly PropertyChange[];
  /** Pulumi protected it against deletion, and does not any more. */
  readonly unprotected: boolean;
  /** Its inputs after the change; before it for what is deleted. Secrets blinded. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

const siteType = "farm:site:TenantSite";
const stackType = "pulumi:pulumi:Stack";

const ops: Readonly<Record<string, ChangeOp>> = {
  create: "create",
  update: "update",
  // A refresh that found nothing different says so as well; those are left out below.
  refresh: "update",
  delete: "delete",
  import: "import",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  "import-replacement": "replace",
  same: "same",
};

/** The resources that an envelope's plan changes, in an order of ours; one that is replaced is one change. */
export function changesOf(envelope: PreviewEnvelope): readonly ResourceChange[] {
  const ids = new Set(envelope.tenants.map(({ id }) => id));
  const byUrn = Map.groupBy(envelope.document.steps ?? [], ({ urn }) => urn);
  return [...byUrn.values()]
    .flatMap((steps) => changeOf(steps, envelope, ids) ?? [])
    .sort((a, b) => rankOf(a) - rankOf(b) || byPath(a.name, b.name));
}

/** From the machine to what stands on it: the engine's own order differs from run to run. */
const ranks = [
  "farm:",
  "xenops:index:Pool",
  "cloudflare:index/zone",
  "xenorchestra:",
  "xenops:index:SshHostKey",
  "xenops:index:VmRestartOrder",
  "xenops:index:Backup",
  "command:remote:CopyToRemote",
  "command:",
  "cloudflare:index/dnsRecord",
  "tls:",
  "cloudflare:",
];

function rankOf({ type }: ResourceChange): number {
  const rank = ranks.findIndex((start) => type.startsWith(start));
  return rank === -1 ? ranks.length : rank;
}

function changeOf(
  steps: readonly PreviewStep[],
  { stack, kind }: PreviewEnvelope,
  ids: ReadonlySet<string>,
): ResourceChange | undefined {
  const known = steps.filter(({ op }) => ops[op] !== undefined);
  // Of a replacement's steps the one in the middle has both states.
  const step = known.find(({ op }) => op === "replace") ?? known[0];
  if (step === undefined) return undefined;
  const replaced = known.find(({ op }) => ops[op] === "replace");
  const op = replaced === undefined ? ops[step.op] : "replace";
  const type = typeOf(step.urn);
  if (op === undefined || type === stackType) return undefined;
  const old = step.oldState ?? known.find(({ oldState }) => oldState)?.oldState ?? undefined;
  const fresh = step.newState ?? known.find(({ newState }) => newState)?.newState ?? undefined;
  const unprotected =
    op !== "delete" && old?.protect === true && fresh?.protect !== true && fresh !== undefined;
  const properties =
    op === "update" || op === "replace" || op === "import" ? propertiesOf(step, old, fresh, kind) : [];
  if (op === "same" && !unprotected) return undefined;
  if (step.op === "refresh" && properties.length === 0) return undefined;
  const administration = administrationOf(step, ids);
  return {
    stack,
    urn: step.urn,
    name: step.urn.slice(step.urn.lastIndexOf("::") + 2),
    type,
    op,
    ...(administration === undefined ? {} : { administration }),
    properties,
    unprotected,
    inputs: (op === "delete" ? old?.inputs : (fresh?.inputs ?? old?.inputs)) ?? {},
  };
}

function typeOf(urn: string): string {
  const chain = urn.split("::")[2] ?? "";
  return chain.slice(chain.lastIndexOf("$") + 1);
}

/** Everything below a site hangs on a component that has the administration's id as its name. */
function administrationOf(
  { urn, oldState, newState }: PreviewStep,
  ids: ReadonlySet<string>,
): string | undefined {
  const [, , chain = "", name = ""] = urn.split("::");
  if (!chain.split("$").includes(siteType)) return undefined;
  const parent = newState?.parent ?? oldState?.parent ?? "";
  const above = parent.includes(siteType) ? parent.slice(parent.lastIndexOf("::") + 2) : name;
  if (ids.has(above) || !above.includes("-")) return above;
  // A component below the site with a name of its own: the longest id that it begins with.
  const fitting = [...ids].filter((id) => above.startsWith(`${id}-`)).sort((a, b) => b.length - a.length);
  return fitting[0] ?? above;
}

function propertiesOf(
  step: PreviewStep,
  old: PreviewState | undefined,
  fresh: PreviewState | undefined,
  kind: PreviewEnvelope["kind"],
): readonly PropertyChange[] {
  // Drift is what the provider reads against what the state holds: outputs, not what a program wants.
  const side = (state: PreviewState | undefined) => (kind === "drift" ? state?.outputs : state?.inputs) ?? {};
  const [before, after] = [side(old), side(fresh)];
  const detailed = Object.entries(step.detailedDiff ?? {});
  const reasons = step.diffReasons ?? [];
  const roots =
    detailed.length > 0
      ? detailed.map(([path]) => path)
      : differingPaths(before, after).filter(
          (path) => reasons.length === 0 || reasons.includes(String(segmentsOf(path)[0])),
        );
  const paths = new Set(roots.flatMap((path) => below(path, before, after)));
  return [...paths].sort(byPath).map((path) => propertyAt(path, before, after));
}

/** A path as the provider gives it, or the paths below it: a list that comes or goes does so element by element. */
function below(path: string, before: unknown, after: unknown): readonly string[] {
  const [old, fresh] = [valueAt(before, path), valueAt(after, path)];
  if (old.secret || fresh.secret) return [path];
  const [from, to] = [old.value ?? emptyLike(fresh.value, path), fresh.value ?? emptyLike(old.value, path)];
  if (from === undefined || to === undefined) return [path];
  const paths = differingPaths(from, to, path);
  return paths.length === 0 ? [path] : paths;
}

/** An element of a list comes and goes as a whole. */
function emptyLike(value: unknown, path: string): unknown {
  if (path.endsWith("]") || typeof value !== "object" || value === null) return undefined;
  return Array.isArray(value) ? [] : {};
}

function propertyAt(path: string, before: unknown, after: unknown): PropertyChange {
  const pattern = patternOf(path);
  const [old, fresh] = [valueAt(before, path), valueAt(after, path)];
  if (old.secret || fresh.secret) return { path, pattern, kind: "update", secret: true };
  const kind = old.value === undefined ? "add" : fresh.value === undefined ? "delete" : "update";
  return { path, pattern, kind, secret: false, before: old.value, after: fresh.value };
}

function byPath(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
