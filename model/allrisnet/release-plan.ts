import type { FieldProblem } from "../fields.ts";
import { formatField, type Problem, quote } from "../problems.ts";
import type { Tenant } from "../tenant.ts";
import {
  findNextWindow,
  findOpenWindow,
  type MaintenanceWindow,
  showWindow,
  tellUnannounced,
} from "../window.ts";
import type { Release } from "./release.ts";
import { tryFindRelease } from "./release.ts";
import { type Cost, minutesText, outageCost, quotaCost } from "./release-cost.ts";
import { parameterProblems } from "./release-fit.ts";
import { unknownRelease } from "./release-rules.ts";
import { compareVersions } from "./version.ts";

/** What a run does about the release of one administration. */
export type ReleaseDecision =
  | (Effective & {
      /** Nothing is installed yet: no window is needed, for nobody is served yet. */
      readonly kind: "install";
    })
  | (Effective & {
      /** What shall run runs. */
      readonly kind: "same";
    })
  | (Effective & {
      /** The release is changed in this run: exactly one of `window` and `emergency` allows it. */
      readonly kind: "change";
      /** Version that runs now. */
      readonly from: string;
      /** Id of the open window. */
      readonly window?: string;
      /** Reason of the emergency; its minutes count as unplanned downtime. */
      readonly emergency?: string;
      readonly cost: Cost;
    })
  | (Effective & {
      /** The release that runs stays; `release` is that one. */
      readonly kind: "held";
      readonly wanted: Release;
      /** Id of the window that it waits for. @default - no window is announced */
      readonly until?: string;
    })
  | {
      /** It can never become right by waiting: the run stops before anything is registered. */
      readonly kind: "refused";
      /** At least one. */
      readonly problems: readonly Problem[];
    };

/** A decision that a run can carry out. */
export type AllowedRelease = Exclude<ReleaseDecision, { readonly kind: "refused" }>;

interface Effective {
  /** The release that the site has after this run. */
  readonly release: Release;
  /** One line for people. */
  readonly text: string;
  /** What people should know beside it, a sentence each. */
  readonly notes: readonly string[];
}

/** What a release of one administration is planned with. */
export interface ReleaseScope {
  readonly releases: readonly Release[];
  readonly windows: readonly MaintenanceWindow[];
  /** The instant of the run. */
  readonly at: Date;
}

type Filed = Pick<Tenant, "file" | "allrisnet">;
type Planned = Filed & Pick<Tenant, "id">;

/**
 * Decides about the release of one administration. A release changes only in an announced window that covers
 * the administration and lasts long enough, or as an emergency; a return to an older release is a change like
 * any other. Until then the release that runs stays, and everything else goes on.
 *
 * @param installed version that runs on the site, undefined while there is none
 */
export function planRelease(
  tenant: Planned,
  scope: ReleaseScope,
  installed: string | undefined,
): ReleaseDecision {
  const { releases } = scope;
  const wanted = tryFindRelease(releases, tenant.allrisnet.release);
  if (wanted === undefined) return refuse(tenant, [unknownProblem(tenant, releases)]);
  const misfits = findMisfits(tenant, releases);
  if (misfits.length > 0) return { kind: "refused", problems: misfits };
  const { id } = tenant;
  if (installed === undefined) {
    const text = `${id}: ALLRIS net ${wanted.version} is installed for the first time`;
    return { kind: "install", release: wanted, text, notes: leftover(tenant) };
  }
  if (installed === wanted.version) {
    return { kind: "same", release: wanted, text: `${id}: ALLRIS net ${installed}`, notes: leftover(tenant) };
  }
  if (!/^\d+(\.\d+){2}$/.test(installed)) return refuse(tenant, [unreadableProblem(installed)]);
  return planChange(tenant, scope, { installed, wanted });
}

/** A problem for each parameter of an administration that the release in its file does not know. */
export function findMisfits(tenant: Filed, releases: readonly Release[]): readonly Problem[] {
  const wanted = tryFindRelease(releases, tenant.allrisnet.release);
  return wanted === undefined ? [] : inFile(tenant, parameterProblems(tenant.allrisnet, wanted, releases));
}

interface Step {
  readonly installed: string;
  readonly wanted: Release;
}

function planChange(tenant: Planned, scope: ReleaseScope, step: Step): ReleaseDecision {
  const { windows, at } = scope;
  const { installed, wanted } = step;
  const open = findOpenWindow(windows, tenant, at);
  if (open !== undefined && lasts(open, wanted, at)) return changeIn(open, tenant, scope, step);
  const { emergency } = tenant.allrisnet;
  if (emergency !== undefined) {
    const cost = outageCost(wanted.expectedMinutes, at);
    const text = `${stepText(tenant, step)} as an emergency (${emergency}): ${workText(wanted)}; ${cost.text}`;
    return {
      kind: "change",
      release: wanted,
      from: installed,
      emergency,
      cost,
      text,
      notes: leftover(tenant),
    };
  }
  return hold(tenant, scope, { ...step, open });
}

function changeIn(
  window: MaintenanceWindow,
  tenant: Planned,
  { windows, at }: ReleaseScope,
  { installed, wanted }: Step,
): ReleaseDecision {
  const others = windows.filter((other) => other.file !== window.file);
  const cost = quotaCost(wanted.expectedMinutes, { window, others, tenant, at });
  if (cost.refusal !== undefined) {
    return { kind: "refused", problems: [{ file: window.file, field: "acceptExcess", ...cost.refusal }] };
  }
  const text = `${stepText(tenant, { installed, wanted })} in window ${window.id}: ${workText(wanted)}; ${cost.text}`;
  return {
    kind: "change",
    release: wanted,
    from: installed,
    window: window.id,
    cost,
    text,
    notes: leftover(tenant),
  };
}

function hold(
  tenant: Planned,
  { releases, windows, at }: ReleaseScope,
  { installed, wanted, open }: Step & { readonly open: MaintenanceWindow | undefined },
): ReleaseDecision {
  const next = findNextWindow(windows, tenant, { at, minutes: wanted.expectedMinutes });
  const until = next === undefined ? "an announced window, and there is none" : showWindow(next, tenant, at);
  const running = tryFindRelease(releases, installed);
  if (running === undefined) {
    const why = `is ${wanted.version}, which waits for ${until}; until then the site runs ${installed}, which releases/ does not hold`;
    const hint = `bring back releases/${installed}.ts: git checkout HEAD -- releases/${installed}.ts`;
    return { kind: "refused", problems: [{ file: tenant.file, field: "allrisnet.release", why, hint }] };
  }
  // Its own misfits would fail on the machine, where the release that runs reads the parameters.
  const misfits = parameterProblems(tenant.allrisnet, running, releases);
  if (misfits.length > 0) {
    const reason = `; ${installed} runs until ${until}`;
    return refuse(
      tenant,
      misfits.map((misfit) => ({ ...misfit, why: `${misfit.why}${reason}` })),
    );
  }
  const text = `${stepText(tenant, { installed, wanted })} is held until ${until}${reasonNow(tenant, { windows, at }, { wanted, open })}`;
  const way = `write maintenance/<id>.ts with a notice a week ahead, or allrisnet.emergency: "<reason>" in ${tenant.file}`;
  return {
    kind: "held",
    release: running,
    wanted,
    text: next === undefined ? `${text}: ${way}` : text,
    notes: [],
    ...(next === undefined ? {} : { until: next.id }),
  };
}

/** Why the window that is open now does not serve; nothing while none is. */
function reasonNow(
  tenant: Planned,
  { windows, at }: Pick<ReleaseScope, "windows" | "at">,
  { wanted, open }: { readonly wanted: Release; readonly open: MaintenanceWindow | undefined },
): string {
  if (open !== undefined)
    return `; window ${open.id} ends before the ${wanted.expectedMinutes} minutes that it takes are over`;
  const untold = tellUnannounced(windows, tenant, at);
  return untold === undefined ? "" : `; ${untold}`;
}

/** Whether what is left of an open window is enough. */
function lasts(window: MaintenanceWindow, { expectedMinutes }: Release, at: Date): boolean {
  return at.getTime() + expectedMinutes * 60_000 <= window.end.getTime();
}

function stepText({ id }: Planned, { installed, wanted }: Step): string {
  const back = compareVersions(wanted.version, installed) < 0 ? ", back to an older release," : "";
  return `${id}: ALLRIS net ${installed} → ${wanted.version}${back}`;
}

function workText({ expectedMinutes }: Release): string {
  return `snapshot, quiesce, install, check; about ${minutesText(String(expectedMinutes))}`;
}

/** An emergency that stays written would let the next change of release run at once as well. */
function leftover({ id, file, allrisnet }: Planned): readonly string[] {
  if (allrisnet.emergency === undefined) return [];
  return [
    `${id}: take allrisnet.emergency out of ${file} once it is over; it lets every later change run at once`,
  ];
}

function unknownProblem({ allrisnet }: Planned, releases: readonly Release[]): FieldProblem {
  const versions = releases.map(({ version }) => version);
  const problem = unknownRelease(allrisnet.release, versions);
  return { path: ["allrisnet", "release"], why: "is no release of releases/", ...problem };
}

/** Somebody edited the field by hand: what runs is then not known, and no right to change it follows. */
function unreadableProblem(installed: string): FieldProblem {
  const why = `cannot be planned: the custom field allrisnet-release of the VM is ${quote(installed)}, which is no version`;
  return { path: ["allrisnet", "release"], why, hint: "write the version that runs there in Xen Orchestra" };
}

function refuse(tenant: Planned, problems: readonly FieldProblem[]): ReleaseDecision {
  return { kind: "refused", problems: inFile(tenant, problems) };
}

function inFile({ file }: Filed, problems: readonly FieldProblem[]): readonly Problem[] {
  return problems.map(({ path, ...problem }) => ({ file, field: formatField(path), ...problem }));
}
