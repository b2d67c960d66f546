import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { labPlaces, readLab, readSecrets } from "../lab/lab-file.ts";
import { inTurn } from "../lab/lifecycle/turn.ts";
import { labUp } from "../lab/lifecycle/up.ts";
import { stopDaemon, tryRunning } from "../lab/services/daemon.ts";
import { xoName } from "../lab/services/simulators.ts";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { outputOf } from "./output.ts";

/** A fault that Cloudflare's API was told to have. */
interface CloudflareFault {
  readonly path: string;
  readonly status: number;
  /** How many calls still get it. */
  readonly left: number;
}

/** What is broken of the services around the pool. */
export interface ServiceFaults {
  readonly xo: "running" | "killed" | "hung";
  /** Undefined when the API does not answer at all. */
  readonly cloudflare: readonly CloudflareFault[] | undefined;
  readonly dns: "answers" | "silent";
}

interface Options {
  readonly heal?: boolean;
}

/** What is broken now. */
export async function serviceFaults(): Promise<ServiceFaults> {
  const [cloudflare, dns] = await Promise.all([
    callCloudflare("GET", "lab/faults").catch(() => undefined),
    callCloudflare("GET", "/lab/dns-silence").catch(() => undefined),
  ]);
  return {
    xo: xoState(),
    cloudflare: (cloudflare as CloudflareFault[] | undefined)?.filter(({ left }) => left > 0),
    dns: (dns as { silent: boolean } | undefined)?.silent ? "silent" : "answers",
  };
}

/** Mends all of them. */
export async function healServices(progress: (line: string) => void): Promise<void> {
  await healXo(progress);
  await callCloudflare("DELETE", "lab/faults");
  await callCloudflare("DELETE", "/lab/dns-silence");
}

/** Registers the faults of XO, Cloudflare and DNS. */
export function registerServiceFaults(fault: Command): void {
  fault
    .command("xo")
    .description("Xen Orchestra's process is killed; the guests run on")
    .option("--hang", "it stands still instead: connections stay open and nothing is answered")
    .option("--heal", "it runs again")
    .option("--json", "the result as JSON")
    .action(xo);
  fault
    .command("cloudflare")
    .description("Cloudflare's API answers its next calls with an error")
    .option("--status <code>", "HTTP status", whole(400, 599), 503)
    .option("--path <expression>", "regular expression for the path below /client/v4/", ".*")
    .option("--method <method>", "only calls of this method")
    .option("--times <n>", "how many calls", whole(1, 1_000_000), 1)
    .option("--retry-after <seconds>", "what the header Retry-After says", whole(0, 3600))
    .option("--heal", "withdraw all such faults")
    .option("--json", "the result as JSON")
    .action(cloudflare);
  fault
    .command("dns")
    .description("the name servers answer nothing")
    .option("--heal", "they answer again")
    .option("--json", "the result as JSON")
    .action(dns);
}

async function xo({ hang, heal }: Options & { readonly hang?: boolean }, command: Command): Promise<void> {
  const output = outputOf(command);
  const places = labPlaces();
  readLab(places);
  if (heal) {
    await healXo(output.progress);
    return output.result({ xo: xoState() }, "XO runs.");
  }
  await inTurn(places, output.progress, async () => {
    const running = tryRunning(places, xoName);
    if (running === undefined) throw new FarmError({ what: "XO does not run", next: "./farm lab up" });
    if (hang) process.kill(running.pid, "SIGSTOP");
    else await stopDaemon(places, xoName, 0);
  });
  output.result({ xo: xoState() }, hang ? "XO answers nothing any more." : "XO is killed.");
}

async function cloudflare(
  options: Options & {
    readonly status: number;
    readonly path: string;
    readonly method?: string;
    readonly times: number;
    readonly retryAfter?: number;
  },
  command: Command,
): Promise<void> {
  const { heal, status, path, method, times, retryAfter } = options;
  if (heal) {
    await callCloudflare("DELETE", "lab/faults");
    return outputOf(command).result({ faults: [] }, "Cloudflare's API works.");
  }
  // Clients that keep to the header's advice try again, as they do with the real one.
  const result = await callCloudflare("POST", "lab/faults", {
    status,
    path,
    method,
    times,
    retryAfter,
    retry: true,
  });
  const calls = times === 1 ? "the next call" : `the next ${times} calls`;
  const text = `Cloudflare's API answers ${status} to ${calls} of ${method ?? "any method"} to ${path}.`;
  outputOf(command).result({ fault: result }, text);
}

async function dns({ heal }: Options, command: Command): Promise<void> {
  const result = await callCloudflare(heal ? "DELETE" : "PUT", "/lab/dns-silence");
  outputOf(command).result(result, heal ? "The name servers answer." : "The name servers answer nothing.");
}

/** Starts XO where it was killed, and lets it go on where it hangs. */
async function healXo(progress: (line: string) => void): Promise<void> {
  const running = tryRunning(labPlaces(), xoName);
  if (running === undefined) await labUp({ progress });
  else process.kill(running.pid, "SIGCONT");
}

function xoState(): ServiceFaults["xo"] {
  const running = tryRunning(labPlaces(), xoName);
  if (running === undefined) return "killed";
  const status = readFileSync(`/proc/${running.pid}/status`, "utf8");
  return /^State:\s+T/m.test(status) ? "hung" : "running";
}

/** Calls Cloudflare's simulator: below `/client/v4`, or from the root with a leading slash. */
async function callCloudflare(method: string, path: string, body?: object): Promise<unknown> {
  const places = labPlaces();
  const base = `${readLab(places).cloudflare.baseUrl}/`;
  const headers = {
    authorization: `Bearer ${readSecrets(places).cloudflare.token}`,
    "content-type": "application/json",
  };
  const where = new URL(path, base);
  const response = await fetch(where, {
    method,
    headers,
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new FarmError({
      what: "The lab's Cloudflare does not answer",
      where: where.href,
      why: messageOf(error),
      next: "./farm lab up",
    });
  });
  const answer = (await response.json()) as { result: unknown; errors?: { message: string }[] };
  if (response.ok) return answer.result;
  const why = (answer.errors ?? []).map(({ message }) => message).join(", ");
  throw new FarmError({ what: "The lab's Cloudflare refuses the fault", where: where.pathname, why });
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`a whole number from ${least} to ${most} is wanted`);
    return value;
  };
}
