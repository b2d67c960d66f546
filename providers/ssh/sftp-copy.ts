import { readdir, stat } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import { promisify } from "node:util";
import type { Client, SFTPWrapper, Stats } from "ssh2";
import { FarmError } from "../../lib/farm-error.ts";

/** What is copied: a text, or a file or folder of this machine. */
export type CopySource = { readonly text: string } | { readonly path: string };

const noSuchFile = 2;

/** Copies by SFTP, as the official provider does; one use for one connection. */
export class SftpCopy {
  private readonly sftp: SFTPWrapper;

  private constructor(sftp: SFTPWrapper) {
    this.sftp = sftp;
  }

  static open(client: Client): Promise<SftpCopy> {
    return new Promise((resolve, reject) => {
      client.sftp((error, sftp) => (error ? reject(error) : resolve(new SftpCopy(sftp))));
    });
  }

  /**
   * Copies a source to a path. Parent folders are made.
   *
   * | source    | target is a folder   | target does not exist | target is a file |
   * |-----------|----------------------|-----------------------|------------------|
   * | `folder`  | target/folder        | target/folder         | error            |
   * | `folder/` | target/… its content | target/… its content  | error            |
   * | file      | target/file          | target                | overwritten      |
   * | text      | error                | target                | overwritten      |
   */
  async copy(source: CopySource, target: string): Promise<void> {
    const there = await this.tryStat(target);
    if (there === undefined) await this.makeFolder(posix.dirname(target));
    if ("text" in source) {
      if (there?.isDirectory()) throw refuse(target, "is a folder, and a text needs the name of a file");
      await this.call("writing", target, (done) => this.sftp.writeFile(target, source.text, done));
    } else if ((await stat(source.path)).isDirectory()) {
      const inside = source.path.endsWith("/") ? target : posix.join(target, basename(source.path));
      await this.copyFolder(source.path, inside);
    } else {
      await this.copyFile(
        source.path,
        there?.isDirectory() ? posix.join(target, basename(source.path)) : target,
      );
    }
  }

  private async copyFolder(source: string, target: string): Promise<void> {
    await this.makeFolder(target);
    for (const entry of await readdir(source, { withFileTypes: true })) {
      const [from, to] = [join(source, entry.name), posix.join(target, entry.name)];
      if (entry.isDirectory()) await this.copyFolder(from, to);
      else await this.copyFile(from, to);
    }
  }

  private copyFile(source: string, target: string): Promise<void> {
    return this.call(`copying ${source} to`, target, (done) => this.sftp.fastPut(source, target, done));
  }

  private async makeFolder(path: string): Promise<void> {
    const there = await this.tryStat(path);
    if (there?.isDirectory()) return;
    if (there !== undefined) throw refuse(path, "exists and is no folder");
    await this.makeFolder(posix.dirname(path));
    await this.call("making the folder", path, (done) => this.sftp.mkdir(path, done));
  }

  private async tryStat(path: string): Promise<Stats | undefined> {
    try {
      return await promisify((done: (error: Error | undefined, stats: Stats) => void) =>
        this.sftp.stat(path, done),
      )();
    } catch (error) {
      if ((error as { code?: unknown }).code === noSuchFile) return undefined;
      throw new Error(`looking at ${path}`, { cause: error });
    }
  }

  private call(
    doing: string,
    path: string,
    work: (done: (error?: Error | null) => void) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      work((error) => (error ? reject(new Error(`${doing} ${path}`, { cause: error })) : resolve()));
    });
  }
}

function refuse(path: string, why: string): FarmError {
  return new FarmError({ what: `the remote path ${path} ${why}` });
}
