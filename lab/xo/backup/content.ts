import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { Writable } from "node:stream";
import type { ArchiveMetadata, ArchivePart } from "./archive.ts";
import type { RemoteStore } from "./remote-store.ts";

/** Waits for the end of a command. @throws Error with its last words */
function ended(child: ChildProcess): Promise<void> {
  let words = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    words = `${words}${chunk}`.slice(-500);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`tar ended with code ${code}: ${words.trim()}`)),
    );
  });
}

/** Writes a folder as one file of an archive. */
export async function pack(folder: string, files: RemoteStore, path: string): Promise<ArchivePart> {
  const tar = spawn("tar", ["--create", "--numeric-owner", "-C", folder, "."], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const end = ended(tar);
  // Whoever fails first ends the other.
  const written = files.write(path, tar.stdout).catch((error: unknown) => {
    tar.kill();
    throw error;
  });
  end.catch((error: unknown) => tar.stdout.destroy(error as Error));
  const [{ size, sha256 }] = await Promise.all([written, end.catch(() => undefined)]);
  await end;
  // Even an empty folder makes an archive of some size.
  if (size === 0) throw new Error(`nothing was read for ${path}`);
  return { path, size, sha256 };
}

/** Lays a file of an archive out as a folder. @throws Error when it is not what was written once */
export async function unpack(files: RemoteStore, part: ArchivePart, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const tar = spawn("tar", ["--extract", "--numeric-owner", "-C", folder], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  const end = ended(tar);
  // tar leaves off at the archive's end mark, before the padding: what it does not take is no failure.
  tar.stdin.on("error", () => undefined);
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (tar.stdin.destroyed) done();
      else tar.stdin.write(chunk, () => done());
    },
    final: (done) => {
      tar.stdin.end();
      done();
    },
    destroy: (error, done) => {
      tar.stdin.destroy();
      done(error);
    },
  });
  // tar would wait without end for what nobody has begun to read.
  const reading = files.read(part.path, sink).catch((error: unknown) => {
    sink.destroy();
    throw error;
  });
  const [read, done] = await Promise.allSettled([reading, end]);
  if (read.status === "rejected") throw read.reason;
  if (read.value.sha256 !== part.sha256) {
    throw new Error(`the archive is damaged: the checksum of ${part.path} is another`);
  }
  if (done.status === "rejected") throw done.reason;
}

/** Bytes of all files of an archive. */
export function sizeOf(metadata: Pick<ArchiveMetadata, "parts">): number {
  return metadata.parts.reduce((sum, part) => sum + part.size, 0);
}
