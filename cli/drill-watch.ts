import type { Sightings } from "../model/drill-timeline.ts";
import type { XoClient } from "../providers/xenops/xo-client.ts";
import type { HostNow, PoolNow, XoObject } from "./pool-view.ts";

/** Milliseconds between two looks. */
const every = 200;

/** What is seen of one VM. */
type Seen = { decided?: number; running?: number };

/**
 * Looks at a host and its VMs in Xen Orchestra and remembers when it first showed what. XO only passes on what it
 * hears from the pool; the moments are those at which an operator could have known.
 */
export class FailoverWatch {
  readonly #xo: XoClient;
  readonly #pool: string;
  readonly #host: string;
  readonly #vms: ReadonlyMap<string, Seen>;
  #hostDead: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  /** @param vms ids of the VMs that run on the host */
  constructor(xo: XoClient, pool: PoolNow, host: HostNow, vms: readonly string[]) {
    this.#xo = xo;
    this.#pool = pool.id;
    this.#host = host.id;
    this.#vms = new Map(vms.map((id) => [id, {}]));
  }

  start(): void {
    this.#timer = setInterval(() => {
      // One look at a time: on a slow XO they would pile up.
      this.#looking ??= this.#look()
        // The pool's master may be the host that is gone: XO finds the new one by and by.
        .catch(() => {})
        .finally(() => {
          this.#looking = undefined;
        });
    }, every);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  /** When the host was first seen as failed. */
  get hostDead(): number | undefined {
    return this.#hostDead;
  }

  /** What was seen of a VM. */
  of(vm: string): Sightings {
    return { ...this.#vms.get(vm), ...(this.#hostDead !== undefined && { hostDead: this.#hostDead }) };
  }

  async #look(): Promise<void> {
    const [hosts, vms, messages] = await Promise.all([
      this.#xo.objects({ type: "host", id: this.#host }),
      this.#xo.objects({ type: "VM", $pool: this.#pool }),
      this.#xo.objects({ type: "message", name: "HA_HOST_FAILED", $object: this.#host }),
    ]);
    const now = Date.now();
    const gone = hosts.some((host) => host["power_state"] !== "Running");
    const told = messages.some(({ time }) => Number(time) * 1000 > this.#begun - 1000);
    if (gone || told) this.#hostDead ??= now;
    for (const vm of vms) this.#note(vm, now);
  }

  readonly #begun = Date.now();

  #note(vm: XoObject, now: number): void {
    const seen = this.#vms.get(String(vm["id"]));
    if (seen === undefined) return;
    const elsewhere = vm["$container"] !== this.#host && vm["$container"] !== this.#pool;
    const running = vm["power_state"] === "Running" && elsewhere;
    const operations = Object.values((vm["current_operations"] ?? {}) as Record<string, unknown>);
    const starting =
      this.#hostDead !== undefined && operations.some((name) => String(name).startsWith("start"));
    if (starting || running) seen.decided ??= now;
    if (running) seen.running ??= now;
  }
}
