import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { Readable, Writable } from "node:stream";
import type { JsonObject } from "../../json.ts";
import type { RemoteFault } from "./records.ts";
import { readSealed, type Written, writeSealed } from "./seal.ts";

/** Files that say how a repository is encrypted; the second can only be read with the key. */
const markers = ["encryption.json", "metadata.json"] as const;
const keyCharacters = 32;

const sentences = {
  EROFS: "read-only file system",
  ENOSPC: "no space left on device",
  EHOSTDOWN: "host is down",
} as const;

/** An error as the file system would give it. */
function systemError(code: keyof typeof sentences, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${sentences[code]}, ${call} '${path}'`), { code, syscall: call });
}

/** The files of one backup repository: a folder, in which everything is encrypted when there is a key. */
export class RemoteStore {
  private readonly folder: string;
  private readonly key: string | undefined;
  private readonly fault: () => RemoteFault | undefined;

  /** @param fault what is wrong with it at the moment */
  constructor(folder: string, key: string | undefined, fault: () => RemoteFault | undefined) {
    this.folder = folder;
    this.key = key;
    this.fault = fault;
  }

  /** Sees that it can be used. @throws Error when it is away, cannot be written to, or has another key */
  async sync(): Promise<void> {
    this.reach("access", "/");
    if (this.key !== undefined && this.key.length !== keyCharacters) {
      throw new Error(`Invalid key length: the encryption key must have ${keyCharacters} characters`);
    }
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.beWritable("access", "/");
    await this.checkKey();
  }

  /** Names in a folder; none when there is no such folder. */
  list(path: string): string[] {
    this.reach("scandir", path);
    const folder = this.at(path);
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }

  /** Writes a file, under its name only once it is whole. */
  async write(path: string, source: Readable): Promise<Written> {
    this.beWritable("open", path);
    const target = this.at(path);
    const part = join(dirname(target), `.${randomUUID()}`);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    try {
      if (this.fault() === "full") {
        source.destroy();
        throw systemError("ENOSPC", "write", path);
      }
      const written = await writeSealed(source, part, this.key);
      // The repository may have failed meanwhile.
      this.beWritable("rename", path);
      renameSync(part, target);
      return written;
    } finally {
      rmSync(part, { force: true });
    }
  }

  async writeText(path: string, text: string): Promise<void> {
    await this.write(path, Readable.from([Buffer.from(text)]));
  }

  /** Reads a file into a sink. */
  async read(path: string, sink: Writable): Promise<Written> {
    this.reach("open", path);
    return readSealed(this.at(path), this.key, sink);
  }

  async readText(path: string): Promise<string> {
    const chunks: Buffer[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk);
        done();
      },
    });
    await this.read(path, sink);
    return Buffer.concat(chunks).toString("utf8");
  }

  remove(path: string): void {
    this.beWritable("unlink", path);
    rmSync(this.at(path), { force: true });
  }

  /** Removes what a crash left half written, in a folder and those in it. */
  removeHalves(path: string): void {
    this.beWritable("unlink", path);
    const folder = this.at(path);
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && entry.name.startsWith("."))
        rmSync(join(entry.parentPath, entry.name), { force: true });
    }
  }

  /** Bytes of the file system that it lies on. */
  info(): JsonObject {
    this.reach("statfs", "/");
    const { bsize, blocks, bavail, bfree } = statfsSync(this.folder);
    return {
      size: bsize * blocks,
      used: bsize * (blocks - bfree),
      available: bsize * bavail,
      encryption: this.key === undefined ? { isEncrypted: false } : { isEncrypted: true },
    };
  }

  /** Writes something and reads it again. */
  async test(): Promise<JsonObject> {
    const file = `/.test-${randomUUID()}`;
    const probe = Buffer.alloc(1 << 20, 7);
    let step = "write";
    try {
      const begun = performance.now();
      await this.write(file, Readable.from([probe]));
      const between = performance.now();
      step = "read";
      await this.readText(file);
      const rate = (from: number, to: number): number =>
        Math.round((probe.length * 1000) / (to - from + 0.01));
      const result = {
        success: true,
        writeRate: rate(begun, between),
        readRate: rate(between, performance.now()),
      };
      step = "remove";
      this.remove(file);
      return result;
    } catch (error) {
      return { success: false, step, file, error: errorAsJson(error) };
    }
  }

  private async checkKey(): Promise<void> {
    const [how, proof] = markers;
    const present = this.list("/").some((name) => (markers as readonly string[]).includes(name));
    const used = this.list("/").some(
      (name) => !(markers as readonly string[]).includes(name) && name[0] !== ".",
    );
    if (present && (await this.canReadProof(proof))) return;
    if (used && (present || this.key !== undefined)) {
      throw new Error(
        "The encryption settings don't match the ones of the existing backups in this remote: it is not empty",
      );
    }
    if (this.key === undefined) {
      for (const name of markers) this.remove(`/${name}`);
      return;
    }
    await writeSealed(
      Readable.from([Buffer.from('{"algorithm":"chacha20-poly1305"}')]),
      this.at(`/${how}`),
      undefined,
    );
    await this.writeText(`/${proof}`, JSON.stringify({ random: randomUUID() }));
  }

  private async canReadProof(name: string): Promise<boolean> {
    try {
      return typeof JSON.parse(await this.readText(`/${name}`)).random === "string";
    } catch {
      return false;
    }
  }

  private at(path: string): string {
    return join(this.folder, path);
  }

  private reach(call: string, path: string): void {
    if (this.fault() === "gone") throw systemError("EHOSTDOWN", call, path);
  }

  private beWritable(call: string, path: string): void {
    this.reach(call, path);
    if (this.fault() === "read-only") throw systemError("EROFS", call, path);
  }
}

/** An error as XO stores it in logs. */
export function errorAsJson(error: unknown): JsonObject {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = "code" in error ? (error.code as string | number) : undefined;
  return { name: error.name, message: error.message, ...(code === undefined ? {} : { code }) };
}
