import { labPlaces } from "../../lab/lab-file.ts";
import { namespaceFile } from "../../lab/network/ip.ts";
import { jumpNamespace } from "../../lab/network/names.ts";
import { type RunResult, tryRun } from "../../lib/run.ts";

/** A value of Prometheus with its labels. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** An alert as Alertmanager has it. */
export interface HeldAlert {
  /** "SiteDown hohenbrueck citizens" */
  readonly name: string;
  /** "suppressed": nobody is told. */
  readonly state: "active" | "suppressed" | "unprocessed";
  /** How many others keep it back. */
  readonly inhibitedBy: number;
}

/** GET from a network namespace of the lab; what the jump host's may see is the management network's. */
export function get(from: "jump" | "lab", url: string): Promise<RunResult> {
  const { namespace } = labPlaces();
  const inside = from === "jump" ? jumpNamespace(namespace) : namespace;
  const curl = ["curl", "--silent", "--show-error", "--globoff", "--max-time", "3", url];
  return tryRun("nsenter", [`--net=${namespaceFile(inside)}`, ...curl]);
}

/** The monitoring of the tests' lab, asked as operators ask it. */
export class Monitoring {
  readonly #address: string;

  constructor(address: string) {
    this.#address = address;
  }

  /** @param port 9090: Prometheus; 9093: Alertmanager */
  async json<T>(port: 9090 | 9093, path: string): Promise<T> {
    const answer = await get("jump", `http://${this.#address}:${port}${path}`);
    if (answer.code !== 0) throw new Error(answer.stderr);
    return JSON.parse(answer.stdout) as T;
  }

  async query(expression: string): Promise<readonly Sample[]> {
    const path = `/api/v1/query?query=${encodeURIComponent(expression)}`;
    return (await this.json<{ data: { result: Sample[] } }>(9090, path)).data.result;
  }

  /** What the probes of an administration came to, by target: "1" or "0". */
  async probes(tenant: string): Promise<Readonly<Record<string, string>>> {
    const samples = await this.query(`probe_success{tenant="${tenant}"}`);
    return Object.fromEntries(samples.map(({ metric, value }) => [metric["target"], value[1]]));
  }

  /** All alerts that Alertmanager has, told or kept back. */
  async alerts(): Promise<readonly HeldAlert[]> {
    interface Found {
      readonly labels: Readonly<Record<string, string>>;
      readonly status: { readonly state: HeldAlert["state"]; readonly inhibitedBy: readonly string[] };
    }
    const found = await this.json<Found[]>(9093, "/api/v2/alerts");
    return found.map(({ labels, status }) => ({
      name: [labels["alertname"], labels["tenant"], labels["target"]].filter(Boolean).join(" "),
      state: status.state,
      inhibitedBy: status.inhibitedBy.length,
    }));
  }
}
