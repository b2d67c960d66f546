import { join } from "node:path";
import { messageOf } from "../../../lib/farm-error.ts";
import type { Json, JsonObject } from "../../json.ts";
import { noSuchObject } from "../errors.ts";
import { newId } from "../stable-id.ts";
import { put, remove, type Store } from "../store.ts";
import type { Clock } from "./clock.ts";
import type { RemoteFault, RemoteRecord } from "./records.ts";
import { RemoteStore } from "./remote-store.ts";
import { obfuscated, parseRemoteUrl, withSecretsOf } from "./remote-url.ts";

/** XO remembers so many tests of a repository. */
const mostBenchmarks = 50;

/** What of a backup repository can be changed; null takes an option away. */
export interface RemoteChange {
  readonly name?: string | undefined;
  readonly url?: string | undefined;
  readonly options?: string | null | undefined;
  readonly proxy?: string | null | undefined;
  readonly enabled?: boolean | undefined;
}

/** Backup repositories. Their files lie in a folder of the lab's, which is the backup location. */
export class Remotes {
  private readonly store: Store;
  private readonly clock: Clock;
  private readonly root: string;

  /** @param root folder of the backup location */
  constructor(store: Store, clock: Clock, root: string) {
    this.store = store;
    this.clock = clock;
    this.root = root;
  }

  get all(): readonly RemoteRecord[] {
    return [...this.store.table("remotes").values()];
  }

  /** A repository as XO shows it: without its secrets. */
  show({ fault: _fault, ...remote }: RemoteRecord): JsonObject {
    const { id, name, enabled, error } = remote;
    const shown = { id, name, url: obfuscated(remote.url), enabled, error };
    return {
      ...shown,
      ...(remote.options === undefined ? {} : { options: remote.options }),
      ...(remote.proxy === undefined ? {} : { proxy: remote.proxy }),
      ...(remote.benchmarks === undefined ? {} : { benchmarks: remote.benchmarks }),
    };
  }

  /** @throws XoError 1 when there is no such repository */
  find(id: string): RemoteRecord {
    const remote = this.store.table("remotes").get(id);
    if (!remote) throw noSuchObject(id, "remote");
    return remote;
  }

  async create(given: RemoteChange & { readonly name: string; readonly url: string }): Promise<RemoteRecord> {
    parseRemoteUrl(given.url);
    const remote: RemoteRecord = {
      id: newId(),
      name: given.name,
      url: given.url,
      enabled: true,
      error: "",
      options: given.options ?? undefined,
      proxy: given.proxy ?? undefined,
      benchmarks: undefined,
      fault: undefined,
    };
    await this.store.commit([put("remotes", remote)]);
    return remote;
  }

  async set(id: string, change: RemoteChange): Promise<void> {
    const remote = this.find(id);
    const patched = <T>(given: T | null | undefined, old: T | undefined): T | undefined =>
      given === undefined ? old : (given ?? undefined);
    await this.update(id, {
      name: change.name ?? remote.name,
      url: change.url === undefined ? remote.url : withSecretsOf(change.url, remote.url),
      enabled: change.enabled ?? remote.enabled,
      options: patched(change.options, remote.options),
      proxy: patched(change.proxy, remote.proxy),
    });
  }

  async delete(id: string): Promise<void> {
    this.find(id);
    await this.store.commit([remove("remotes", id)]);
  }

  /** Breaks a repository, or mends it. */
  async fail(id: string, fault: RemoteFault | undefined): Promise<void> {
    this.find(id);
    await this.update(id, { fault });
  }

  /** Its files. @throws Error when it is switched off, cannot be used, or is of a kind that the lab has not */
  async open(id: string): Promise<RemoteStore> {
    const remote = this.find(id);
    if (!remote.enabled) throw new Error("remote is disabled");
    if (remote.proxy !== undefined) throw new Error("cannot get handler to proxy remote");
    const files = this.filesOf(remote);
    try {
      await files.sync();
    } catch (error) {
      await this.update(id, { error: messageOf(error) });
      throw error;
    }
    if (remote.error !== "") await this.update(id, { error: "" });
    return files;
  }

  async test(id: string): Promise<JsonObject> {
    // As in XO, what keeps it from being opened is thrown, and only what comes after is told.
    const result = await (await this.open(id)).test();
    const { success, readRate, writeRate } = result;
    if (success !== true) {
      await this.update(id, { error: result.error ?? "" });
      return result;
    }
    const benchmark = { readRate: readRate ?? 0, writeRate: writeRate ?? 0, timestamp: this.clock.now() };
    const benchmarks = [...(this.find(id).benchmarks ?? []), benchmark].slice(-mostBenchmarks);
    await this.update(id, { error: "", benchmarks });
    return result;
  }

  /** Sizes of those that can be reached. */
  async info(): Promise<Record<string, Json>> {
    const found: Record<string, Json> = {};
    for (const { id, enabled } of this.all.filter((remote) => remote.enabled)) {
      if (!enabled) continue;
      const files = await this.open(id).catch(() => undefined);
      if (files) found[id] = files.info();
    }
    return found;
  }

  /** Removes what a crash left half written on repositories that can be reached. */
  async removeHalves(): Promise<void> {
    for (const remote of this.all) {
      try {
        this.filesOf(remote).removeHalves("/");
      } catch {
        // It is away or of another kind; the next backup on it cleans up.
      }
    }
  }

  private filesOf(remote: RemoteRecord): RemoteStore {
    const { id } = remote;
    const { type, host, path, query } = parseRemoteUrl(remote.url);
    if (type !== "file" && type !== "nfs") {
      throw new Error(`the lab has no ${type} server: use file:// or nfs:// (${host} is not asked)`);
    }
    const folder = type === "file" ? join(this.root, "file", path) : join(this.root, "nfs", host, path);
    const key = typeof query.encryptionKey === "string" ? query.encryptionKey : undefined;
    return new RemoteStore(folder, key, () => this.store.table("remotes").get(id)?.fault);
  }

  private async update(id: string, change: Partial<RemoteRecord>): Promise<void> {
    await this.store.commit([put("remotes", { ...this.find(id), ...change })]);
  }
}
