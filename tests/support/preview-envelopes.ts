import { canonicalJson } from "../../guest/site-values.ts";
import type { EnvelopeTenant, PreviewEnvelope, PreviewStep } from "../../model/preview/envelope.ts";

/** An administration as an envelope has it; no window is announced. */
export function envelopeTenant(id: string, differs: Partial<EnvelopeTenant> = {}): EnvelopeTenant {
  return {
    id,
    name: `Gemeinde ${id}`,
    domain: `ratsinfo.${id}.example`,
    pool: "nord",
    stop: { allowed: false, text: "no window is announced" },
    window: null,
    quotaLeft: { month: "2026-11", seconds: { ST1: 7_200, ST2: 25_200 } },
    notes: [],
    ...differs,
  };
}

/** A preview of a stack, with what differs. */
export function envelope(differs: Partial<PreviewEnvelope> = {}): PreviewEnvelope {
  return {
    version: 1,
    kind: "preview",
    stack: "prod",
    at: "2026-11-26T09:00:00Z",
    digest: "0123456789abcdef",
    program: "8d1f0c3b2a495867d0e1f2a3b4c5d6e7f8091a2b",
    document: { steps: [] },
    tenants: [],
    findings: [],
    ...differs,
  };
}

const componentTypes = "farm:site:TenantSite";

/** A step on a resource of an administration, as the engine prints it. */
export function step(
  id: string,
  part: string,
  type: string,
  op: string,
  {
    before,
    after,
    paths = {},
  }: {
    readonly before?: Record<string, unknown>;
    readonly after?: Record<string, unknown>;
    /** Kinds by path. @default - the provider names none */
    readonly paths?: Readonly<Record<string, string>>;
  },
): PreviewStep {
  const urn = `urn:pulumi:prod::allris-farm::${componentTypes}$${type}::${id}-${part}`;
  const parent = `urn:pulumi:prod::allris-farm::${componentTypes}::${id}`;
  const state = (inputs: Record<string, unknown>) => ({ urn, type, parent, inputs, outputs: inputs });
  return {
    op,
    urn,
    ...(before === undefined ? {} : { oldState: state(before) }),
    ...(after === undefined ? {} : { newState: state(after) }),
    detailedDiff: Object.fromEntries(Object.entries(paths).map(([path, kind]) => [path, { kind }])),
  };
}

/** The values of one administration's roll-out, of the size that real ones have. */
function values(id: string, minutes: boolean): string {
  return canonicalJson({
    id,
    domain: `ratsinfo.${id}.example`,
    links: Object.fromEntries(
      ["imprint", "privacy", "accessibility", "home"].map((page) => [
        page,
        `https://www.${id}.example/${page}`,
      ]),
    ),
    allrisnet: { release: "4.1.7", "citizens.modules.minutes": minutes, "citizens.indexing": "pages" },
    bundle: minutes ? "dada98890326d53a" : "29e5ecad256d1d36",
  });
}

/** A change of a parameter and of memory for each of so many administrations. */
export function fleetEnvelope(count: number): PreviewEnvelope {
  const ids = Array.from({ length: count }, (_, index) => `gemeinde-${String(index).padStart(3, "0")}`);
  return envelope({
    tenants: ids.map((id) => envelopeTenant(id)),
    document: {
      steps: ids.flatMap((id) => [
        step(id, "vm", "xenorchestra:index/vm:Vm", "update", {
          before: { cpus: 2, memoryMax: 2_147_483_648, highAvailability: "restart" },
          after: { cpus: 2, memoryMax: 4_294_967_296, highAvailability: "restart" },
          paths: { memoryMax: "update" },
        }),
        step(id, "apply", "command:remote:Command", "update", {
          before: { connection: "[secret]", stdin: values(id, true) },
          after: { connection: "[secret]", stdin: values(id, false) },
          paths: { stdin: "update" },
        }),
        step(id, "bundle", "command:remote:CopyToRemote", "update", {
          before: { source: { hash: "dada98890326d53aac92fe9376ab779d" } },
          after: { source: { hash: "29e5ecad256d1d36e55a1d4b1118412b" } },
          paths: { source: "update" },
        }),
      ]),
    },
  });
}
