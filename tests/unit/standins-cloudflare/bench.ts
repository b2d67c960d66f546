import type { CloudflareApi } from "../../../lab/standins/cloudflare/api.ts";
import { cloudflare } from "../../../lab/standins/cloudflare/provider.ts";
import type { Context, Properties, ResourceType } from "../../../providers/kit/types.ts";
import { type Daemon, startDaemon } from "../standins-xenorchestra/daemon.ts";
import { contextOf } from "../standins-xenorchestra/inputs.ts";
import { Front } from "./front.ts";

export const token = "lab-token-of-at-least-forty-characters-0123";
export const accountId = "a1121500000000000000000000000001";

/** What the engine keeps about a resource. */
export interface Kept {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** The provider before a simulator of its own, used as the engine would. */
export class Bench {
  readonly front: Front;
  readonly context: Context<CloudflareApi> & { lines: string[] };
  readonly #daemon: Daemon;

  private constructor(daemon: Daemon, front: Front) {
    this.#daemon = daemon;
    this.front = front;
    const client = cloudflare({}).configure({ apiToken: token, baseUrl: `${front.url}/client/v4` });
    this.context = contextOf(client);
  }

  static async start(): Promise<Bench> {
    const daemon = await startDaemon("lab/cloudflare/main.ts", { cloudflare: { token } }, (folder) => [
      "--roots",
      `${folder}/roots`,
    ]);
    return new Bench(daemon, await Front.start(`http://127.0.0.1:${daemon.port}`));
  }

  async stop(): Promise<void> {
    await this.front.stop();
    await this.#daemon.stop();
  }

  /** Calls the API past the provider. */
  async behind(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.#daemon.port}/client/v4${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { success: boolean; result: unknown; errors: unknown };
    if (!answer.success) throw new Error(JSON.stringify(answer.errors));
    return answer.result;
  }

  async check(type: string, news: Properties): Promise<Properties> {
    const result = await typeOf(type).check(this.context, news, {});
    if (result.failures.length > 0) throw new Error(JSON.stringify(result.failures));
    return result.inputs;
  }

  async create(type: string, news: Properties): Promise<Kept> {
    const inputs = await this.check(type, news);
    const { id, outputs } = await typeOf(type).create(this.context, inputs);
    return { id, inputs, outputs };
  }

  async diff(type: string, kept: Kept, news: Properties): Promise<Record<string, string>> {
    const inputs = await this.check(type, news);
    const result = await typeOf(type).diff(this.context, kept.id, kept.outputs, inputs, kept.inputs);
    return { ...result.differences };
  }

  async update(type: string, kept: Kept, news: Properties): Promise<Kept> {
    const inputs = await this.check(type, news);
    const outputs = await typeOf(type).update?.(this.context, kept.id, kept.outputs, inputs);
    if (!outputs) throw new Error(`${type} has no update`);
    return { ...kept, inputs, outputs };
  }

  /** Undefined when the object is gone. */
  async refresh(type: string, kept: Kept): Promise<Kept | undefined> {
    const found = await typeOf(type).read(this.context, kept.id, kept.outputs, kept.inputs);
    return found && { id: kept.id, ...found };
  }

  /** An existing object, as an import reads it. */
  async adopt(type: string, id: string): Promise<Kept> {
    const found = await typeOf(type).read(this.context, id, {}, {});
    if (!found) throw new Error(`${id} is not there`);
    return { id, ...found };
  }

  delete(type: string, kept: Kept): Promise<void> {
    return typeOf(type).delete(this.context, kept.id, kept.outputs);
  }

  /** A zone to put other things into. */
  async zone(name: string): Promise<string> {
    return (await this.create("zone:Zone", { account: { id: accountId }, name })).id;
  }
}

/** The type by the last part of its token. */
export function typeOf(type: string): ResourceType<CloudflareApi> {
  const resource = cloudflare({}).resources[`cloudflare:index/${type}`];
  if (!resource) throw new Error(`the provider does not know ${type}`);
  return resource;
}
